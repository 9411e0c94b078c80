"""The vendor's documented way: one request after the other, with the requests library.

    vendor.py ADDRESS TARGETS BATCH
"""

import sys

import requests

from leads import KEY, PEARL, batches

address, targets, batch = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
url = f"{address}/v2/Outbound/{PEARL}/Leads"
headers = {"Authorization": f"Bearer {KEY}", "Accept": "application/json"}
for ids in batches(targets, batch):
    response = requests.request("DELETE", url, headers=headers, json={"leadIds": ids})
    response.raise_for_status()
    assert response.json() is True
