curl --silent --show-error \
    --header 'token: <api_key>' \
    --json '{ "campaign_id": 42, "audience": [101, 102, 103] }' \
    https://www.tryunleashx.com/api/v1/global/delete-audience
