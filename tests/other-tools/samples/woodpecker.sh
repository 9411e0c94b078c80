curl --silent --show-error \
    --header 'x-api-key: {YOUR_API_KEY}' \
    --json '{ "type": "ALL" }' \
    https://api.woodpecker.co/rest/v2/agency/companies/{company_id}/prospects/delete
