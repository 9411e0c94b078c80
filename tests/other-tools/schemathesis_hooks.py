"""Loaded by Schemathesis: makes some of its valid requests name records that exist."""

import schemathesis

# Records of the sandbox's example data.
PEARL = "66b2f0c4a1d3e5f708192a3b"
COMPANY = 123
CAMPAIGN = 42


@schemathesis.hook
def before_call(context, case, kwargs):
    """Aims the requests that are valid and random. All others name what nobody has, as they were made."""
    if case.meta is None or case.meta.phase.name.value != "fuzzing":
        return
    if case.meta.generation.mode.value != "positive":
        return
    path = case.operation.path
    if "{pearlId}" in path:
        case.path_parameters = {"pearlId": PEARL}
    elif "{company_id}" in path:
        case.path_parameters = {"company_id": COMPANY}
    elif path.endswith("/delete-selected") and case.body["variant"] == "list":
        # A whole list, and with nobody named besides, not even which. Seldom would that come by chance.
        case.body = {**case.body, "areAllSelected": True}
        if not case.body["targetUsersData"]:
            case.body.pop("listId", None)
    elif path.endswith("/delete-audience"):
        case.body = {**case.body, "campaign_id": CAMPAIGN}
