"""NLPearl's own Python client against the sandbox, with nothing replaced but the host."""

import sys

import nlpearl
import nlpearl.outbound

from sandbox import Sandbox

PEARL = "66b2f0c4a1d3e5f708192a3b"
NAMED = ["66b2f1a00000000000000001", "66b2f1a00000000000000003"]


def main():
    with Sandbox() as sandbox:
        # The client has no setting for it: one function knows the host.
        nlpearl.outbound._get_api_url = lambda: f"{sandbox.base_url}/{nlpearl.api_version}"

        nlpearl.api_key = sandbox.credentials["nlpearl"]
        expect("the answer", nlpearl.Outbound.delete_leads(PEARL, NAMED), True)
        left = sandbox.example
        leads = left["nlpearl"]["pearls"][PEARL]["leads"]
        left["nlpearl"]["pearls"][PEARL]["leads"] = [lead for lead in leads if lead not in NAMED]
        expect("what is left", sandbox.state(), left)
        expect("how many leads are left", len(left["nlpearl"]["pearls"][PEARL]["leads"]), 2)

        # The client does not look at the status, so that a refusal is a value like any other.
        nlpearl.api_key = "wrong:key"
        refusal = nlpearl.Outbound.delete_leads(PEARL, ["66b2f1a00000000000000002"])
        expect("the status in the refusal", refusal["status"], 401)
        expect("what is left after a refusal", sandbox.state(), left)
    print("NLPearl's client deletes exactly the leads that it names")


def expect(what, actual, expected):
    if actual != expected:
        sys.exit(f"{what}: {expected!r} was expected, not {actual!r}")


if __name__ == "__main__":
    main()
