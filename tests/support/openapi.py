"""Holds requests and answers against Discord's own description of its HTTP API.

The extract beside this file is cut from https://github.com/discord/discord-api-spec, which is MIT-licensed by Discord
(its notice stands in the extract under "x-notice"). To cut it anew from a newer specification:

    python tests/support/openapi.py path/to/discord-openapi.json
"""

import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

EXTRACT = Path(__file__).with_name("discord_openapi_extract.json")

MIT = (
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated "
    'documentation files (the "Software"), to deal in the Software without restriction, including without '
    "limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the "
    "Software, and to permit persons to whom the Software is furnished to do so, subject to the following "
    "conditions: The above copyright notice and this permission notice shall be included in all copies or "
    'substantial portions of the Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS '
    "OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE "
    "AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR "
    "OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION "
    "WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."
)
"""The license the specification names in its own `info` block, which the extract keeps whole."""

ROUTES = [
    "GET /applications/@me",
    "GET /gateway",
    "GET /gateway/bot",
    "GET /users/@me",
    "GET /users/{user_id}",
    "POST /users/@me/channels",
    "GET /applications/{application_id}/commands",
    "PUT /applications/{application_id}/commands",
    "PUT /applications/{application_id}/guilds/{guild_id}/commands",
    "GET /applications/{application_id}/guilds/{guild_id}/commands/permissions",
    "POST /interactions/{interaction_id}/{interaction_token}/callback",
    "POST /webhooks/{webhook_id}/{webhook_token}",
    "GET /webhooks/{webhook_id}/{webhook_token}/messages/@original",
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original",
    "DELETE /webhooks/{webhook_id}/{webhook_token}/messages/@original",
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
    "DELETE /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
    "GET /channels/{channel_id}",
    "PATCH /channels/{channel_id}",
    "DELETE /channels/{channel_id}",
    "GET /channels/{channel_id}/messages",
    "POST /channels/{channel_id}/messages",
    "GET /channels/{channel_id}/messages/{message_id}",
    "PATCH /channels/{channel_id}/messages/{message_id}",
    "DELETE /channels/{channel_id}/messages/{message_id}",
    "POST /channels/{channel_id}/messages/bulk-delete",
    "PUT /channels/{channel_id}/permissions/{overwrite_id}",
    "DELETE /channels/{channel_id}/permissions/{overwrite_id}",
    "POST /channels/{channel_id}/threads",
    "POST /guilds/{guild_id}/channels",
    "GET /guilds/{guild_id}/members/{user_id}",
    "PATCH /guilds/{guild_id}/members/{user_id}",
    "DELETE /guilds/{guild_id}/members/{user_id}",
    "PUT /guilds/{guild_id}/members/{user_id}/roles/{role_id}",
    "DELETE /guilds/{guild_id}/members/{user_id}/roles/{role_id}",
    "GET /guilds/{guild_id}/bans/{user_id}",
    "PUT /guilds/{guild_id}/bans/{user_id}",
    "DELETE /guilds/{guild_id}/bans/{user_id}",
    "POST /guilds/{guild_id}/bulk-ban",
    "POST /guilds/{guild_id}/roles",
    "PATCH /guilds/{guild_id}/roles/{role_id}",
]
"""What the extract describes."""

TOLERATED: list[tuple[str, str]] = [
    (
        r" 200 .*: '(primary_guild|banner|flags)' is a required property$",
        "simcord leaves these out of users, members and channels; discord.py takes them for optional",
    ),
    (
        r" 200 .*nonce: None is not of type",
        "simcord writes null where Discord leaves the field out; discord.py reads both as no nonce",
    ),
    (
        r"commands 200 .*\.integration_types: None is not of type",
        "simcord returns what was sent; discord.py sends null for the application's default",
    ),
    (
        r"^POST /(guilds/{guild_id}/channels|channels/{channel_id}/threads): 200 is not an answer",
        "simcord has no 201 Created; discord.py takes any 2xx for success",
    ),
    (
        r" request \$\.attachments\[\d+\]\.id: \d+ is not of type 'string'",
        "discord.py numbers new files with integers, as Discord's guide to uploading does",
    ),
    (
        r" request \$\.(permissions|allow|deny): '\d+' is not of type",
        "permissions have been sent as strings since API v8; the description of requests still says integer",
    ),
    (
        r"^POST /users/@me/channels request \$\.recipient_id: \d+ is not of type",
        "discord.py sends this snowflake as a number, which Discord takes",
    ),
]
"""Where what is said differs from the description without harm: a pattern, and why it does not matter."""

# Words for people and examples, which no validator needs.
_DECORATION = {"description", "title", "example", "examples", "externalDocs", "deprecated"}


def check_exchange(method: str, path: str, request_json: Any, status: int, response_json: Any) -> list[str]:
    """What is wrong with one request and its answer; an empty list when Discord's description allows both.

    `path` comes without `/api/v10` and without a query. A route outside the extract yields one complaint, so that
    nothing passes unchecked by accident. Answers to refused requests are held against Discord's error shapes.
    """
    route = _route(method, path)
    if route is None:
        return [f"{method} {path}: not in the extract"]
    described = _extract()["routes"][route]
    complaints = []
    if status < 400 and request_json is not None:
        if described["request"] is None:
            complaints.append(f"{route}: takes no body")
        else:
            complaints += _complaints(f"{route} request", described["request"], request_json)
    if str(status) in described["responses"]:
        schema = described["responses"][str(status)]
        if schema is not None:
            complaints += _complaints(f"{route} {status}", schema, response_json)
        elif response_json is not None:
            complaints.append(f"{route} {status}: has no body")
    elif 400 <= status < 500:
        shape = "RatelimitedResponse" if status == 429 else "ErrorResponse"
        complaints += _complaints(f"{route} {status}", {"$ref": f"#/components/schemas/{shape}"}, response_json)
    elif status < 500:
        complaints.append(f"{route}: {status} is not an answer Discord gives")
    return [one for one in complaints if not any(re.search(pattern, one) for pattern, _ in TOLERATED)]


def _complaints(where: str, schema: dict[str, Any], value: Any) -> list[str]:
    validator = Draft202012Validator({"components": _extract()["components"], **schema})
    return [
        f"{where} {leaf.json_path}: {leaf.message[:300]}"
        for error in validator.iter_errors(value)
        for leaf in _leaves(error)
    ]


def _leaves(error: ValidationError) -> list[ValidationError]:
    """Of an "is not any of these" keep what speaks against the most likely alternative."""
    if not error.context:
        return [error]
    by_branch: dict[Any, list[ValidationError]] = {}
    for inner in error.context:
        by_branch.setdefault(inner.schema_path[0], []).append(inner)
    nearest = min(by_branch.values(), key=lambda branch: max(map(_weight, branch)))
    return [leaf for inner in nearest for leaf in _leaves(inner)]


def _weight(error: ValidationError) -> tuple[bool, int]:
    # A wrong type or constant near the top means the alternative was never meant.
    return error.validator in ("type", "const", "enum"), -len(error.path)


def _route(method: str, path: str) -> str | None:
    found = [one for one in _extract()["routes"] if _pattern(one).fullmatch(f"{method} {path}")]
    return min(found, key=lambda one: one.count("{")) if found else None


@cache
def _pattern(route: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", re.escape(route)))


GUILD_MEDIA = 16
"""A type of channel that Discord's documentation has and its description lacks. discord.py names it beside forums."""


@cache
def _extract() -> dict[str, Any]:
    extract = json.loads(EXTRACT.read_text())
    extract["components"]["schemas"]["ChannelTypes"]["oneOf"].append({"const": GUILD_MEDIA})
    return extract


def cut(specification: Path) -> None:
    """Write the extract anew from a full specification."""
    full = json.loads(specification.read_text())
    schemas = full["components"]["schemas"]
    routes = {route: _described(full, route) for route in ROUTES}
    wanted = _references(routes) | {"ErrorResponse", "RatelimitedResponse"}
    kept: dict[str, Any] = {}
    while wanted:
        name = wanted.pop()
        kept[name] = _bare(schemas[name])
        wanted |= _references(kept[name]) - kept.keys()
    notice = {
        "source": "https://github.com/discord/discord-api-spec",
        "changes": "Cut down to the routes, schemas and keywords that tests/support/openapi.py uses.",
        "info": full["info"],
        "license": MIT,
    }
    extract = {"x-notice": notice, "routes": routes, "components": {"schemas": dict(sorted(kept.items()))}}
    EXTRACT.write_text(json.dumps(extract, separators=(",", ":")) + "\n")


def _described(full: dict[str, Any], route: str) -> dict[str, Any]:
    method, path = route.split(" ", 1)
    operation = full["paths"][path][method.lower()]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    answers = {
        status: _bare(answer.get("content", {}).get("application/json", {}).get("schema"))
        for status, answer in operation["responses"].items()
        if status.isdecimal() and status.startswith("2")
    }
    return {"request": _bare(body["schema"]) if body else None, "responses": answers}


def _bare(schema: Any) -> Any:
    """A schema without decoration; below `properties` every key is a name and stays."""
    if isinstance(schema, list):
        return [_bare(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _bare(one) for name, one in value.items()} if key == "properties" else _bare(value)
        for key, value in schema.items()
        if key not in _DECORATION
    }


def _references(schema: Any) -> set[str]:
    return set(re.findall(r"#/components/schemas/(\w+)", json.dumps(schema)))


if __name__ == "__main__":
    cut(Path(sys.argv[1]))
