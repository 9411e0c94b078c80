"""An asynchronous client as one would write it today, with aiohttp.

    asynchronous.py ADDRESS TARGETS BATCH CONCURRENCY
"""

import asyncio
import sys

import aiohttp

from leads import KEY, PEARL, batches


async def main(address, targets, batch, concurrency):
    url = f"{address}/v2/Outbound/{PEARL}/Leads"
    headers = {"Authorization": f"Bearer {KEY}", "Accept": "application/json"}
    todo = batches(targets, batch)

    async def worker(session):
        for ids in todo:
            async with session.delete(url, json={"leadIds": ids}) as response:
                response.raise_for_status()
                assert await response.json() is True

    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        await asyncio.gather(*(worker(session) for _ in range(concurrency)))


asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:])))
