import requests

COMPANY_ID = 123

answer = requests.post(
    f"https://api.woodpecker.co/rest/v2/agency/companies/{COMPANY_ID}/prospects/delete",
    headers={"x-api-key": "{YOUR_API_KEY}"},
    json={"type": "ALL"},
    timeout=30,
)
answer.raise_for_status()
print("deletion request", answer.json()["deletion_request_id"])
