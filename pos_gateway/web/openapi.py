"""The OpenAPI 3.1 document, built from the declarations of the routes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

import msgspec

from ledger.benefits import Words
from ledger.errors import HongkaError
from pos_gateway.auth.policies import Policy
from pos_gateway.i18n.messages import Language, has_words
from pos_gateway.i18n.reversal_reasons import WORDS
from pos_gateway.web.api_route import API, Route, Undeclared
from pos_gateway.web.json_body import BODY_BYTES_MAX, ID_PATTERN
from pos_gateway.web.problem_details import CONTENT_TYPE, STATUSES, Problem, problem_of, status_of

_REF = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"<(\w+)>")

_TITLE = Words("红卡接口", "hongka API")
_ABOUT = Words(
    "验码、核销、冲正，抢票、退票、验票。金额以分为单位，时间为 UTC。"
    "编号由调用方自定：同一请求重发，答复不变，只办一次。",
    "Validate, redeem, reverse; claim a ticket, give it back, admit on it. Amounts are minor units"
    " (fen), times UTC. Callers make the ids: the same request sent again is answered the same and"
    " done once.",
)
_KEYS = {
    Policy.TILL: Words(
        "收银端配对时发放的密钥，只显示一次。",
        "The key a till was given at pairing; it is shown once.",
    ),
    Policy.MEMBER: Words(
        "会员的密钥，由工会发放，只显示一次。",
        "The key a member was given by the union; it is shown once.",
    ),
}
_ID = Words("1–64 个字母、数字、_ 或 -", "1–64 letters, digits, `_` or `-`")
_REPLAYED = Words(
    "为 true 时，这是此前的答复", "`true` where this answer was given before, unchanged"
)

_FIELDS = {
    "code": Words(
        "二维码的原文，一字不差；或卡面二维码下方的26位号码",
        "The text of the QR code, to the letter; or the 26 characters printed below it",
    ),
    "amount_minor": Words("价格，单位为分", "The price, in minor units (fen)"),
    "category": Words("消费类别", "What is bought"),
    "choices": Words(
        "所选优惠与权益的编号；不选也可，只记录出示过会员卡",
        "Ids of offers and grants; with none, it is recorded that the card was shown",
    ),
    "algorithm": Words("密钥的算法", "The algorithm of the key"),
    "public_key": Words(
        "手机的公钥，原始字节的 base64url，不带等号",
        "The public key of the phone: its raw bytes in base64url, without padding",
    ),
    "slip": Words(
        "收银端签名的 JSON 原文，一字不差",
        "The text of the JSON that the till signed, to the letter",
    ),
    "signature": Words(
        "收银端密钥的签名，64 字节的 base64url，不带等号",
        "The signature of the till's key: 64 bytes in base64url, without padding",
    ),
    "key": Words(
        "收银端的公钥：Ed25519 的 32 字节，或 P-256 未压缩点的 65 字节，十六进制",
        "The public key of the till in hex: Ed25519, 32 bytes, or P-256, an uncompressed point",
    ),
    "count": Words("要几个码", "How many codes"),
    "item": Words("品项的编号", "The id of the item"),
    "session": Words("场次的编号", "The id of the session"),
    "party": Words("同行人数", "How many people the ticket is for"),
    "member": Words(
        "替哪位会员办理；本人办理不填", "The member it is for, where one acts for another"
    ),
    "challenge": Words("人机验证的解答", "The solution of the challenge"),
    "people": Words("入场人数；不填即全部", "How many come in now; all that are left by default"),
    "ticket": Words("票的编号；出示票的码时不填", "The id of the ticket, where a card is shown"),
    "collector_code": Words("代领人的会员码", "The card code of who collects for the member"),
    "reason": Words(
        "原因：" + "；".join(f"{reason} {words.zh}" for reason, words in WORDS.items()),
        "Why: " + "; ".join(f"{reason}, {words.en}" for reason, words in WORDS.items()),
    ),
}

_STATUSES_ZH = {
    400: "请求格式有误",
    401: "密钥无效",
    403: "无权办理",
    404: "没有找到",
    405: "不支持这种请求方法",
    409: "与已有记录冲突",
    413: "请求内容过大",
    415: "请求类型不对",
    422: "不能受理",
    428: "请先完成人机验证",
    429: "操作太频繁",
    500: "系统出错",
    503: "暂时不能受理",
}

_PROBLEM_HEADERS = (
    *((401, "WWW-Authenticate"), (405, "Allow")),
    *((429, "Retry-After"), (503, "Retry-After")),
)

_PUBLIC_PROBLEMS = (405, 500, 503)
_KEY_PROBLEMS = (401, 422)
_BODY_PROBLEMS = (400, 413, 415, 422)


def document(routes: Iterable[Route], tongue: Language, *, version: str) -> dict[str, Any]:
    """Build the OpenAPI document of the routes as JSON values, in one language."""
    routes = list(routes)
    asked = {route.asks.__name__: route for route in routes if route.asks}
    kinds = {one.__name__: one for route in routes for one in (route.asks, route.answers) if one}
    _, schemas = msgspec.json.schema_components([Problem, *kinds.values()], ref_template=_REF)
    for name, route in asked.items():
        for field, schema in schemas[name]["properties"].items():
            schema["description"] = _said(_field_words(route, field), tongue)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = API + _PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, tongue)
    schemes = {
        policy.value: {"type": "http", "scheme": "bearer", "description": _said(words, tongue)}
        for policy, words in _KEYS.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": _said(_TITLE, tongue),
            "version": version,
            "description": _said(_ABOUT, tongue),
        },
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": schemes},
    }


def check_described(routes: Iterable[Route]) -> None:
    """Check that every field of every request body has a description.

    Raises:
        Undeclared: a field has none; the message names the route and the field.
    """
    for route in routes:
        for field in route.asks.__struct_encode_fields__ if route.asks else ():
            _field_words(route, field)


def _field_words(route: Route, field: str) -> Words:
    words = route.field_words.get(field) or _FIELDS.get(field)
    if words is None:
        raise Undeclared(
            f"the route {route.name!r} does not describe the field {field!r}: add to the Route"
            f' field_words={{"{field}": Words("…", "…")}}'
        )
    return words


def reasons(tongue: Language) -> list[Problem]:
    """Return a problem for each reason that the API can give, with texts, sorted by status."""
    problems = [problem_of(kind, {}, tongue) for kind in sorted(_leaves(), key=lambda k: k.reason)]
    return sorted(problems, key=lambda problem: problem.status)


def _operation(route: Route, tongue: Language) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": _said(route.title, tongue),
        "security": [{route.policy.value: []}] if route.policy in _KEYS else [],
        "parameters": [
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": _said(_ID, tongue),
                "schema": {"type": "string", "pattern": ID_PATTERN, "maxLength": 64},
            }
            for name in _PARAMETER.findall(route.path)
        ],
        "responses": {
            **{str(code): _success(route, words, tongue) for code, words in route.statuses.items()},
            **{str(code): _failure(code, tongue) for code in sorted(_problems(route))},
        },
    }
    if route.asks is not None:
        operation["requestBody"] = {
            "required": True,
            "description": f"≤ {BODY_BYTES_MAX} bytes",
            "content": _content(route.asks, dict(route.example_asked)),
        }
    return operation


def _problems(route: Route) -> set[int]:
    codes = {*route.problems, *_PUBLIC_PROBLEMS}
    if route.policy in _KEYS:
        codes.update(_KEY_PROBLEMS)
    if route.policy is Policy.MEMBER:
        codes.add(429)
    if route.asks is not None:
        codes.update(_BODY_PROBLEMS)
    return codes


def _success(route: Route, words: Words, tongue: Language) -> dict[str, Any]:
    return {
        "description": _said(words, tongue),
        "headers": {"Idempotency-Replayed": _header(_said(_REPLAYED, tongue))},
        "content": _content(route.answers, dict(route.example_answer)),
    }


def _failure(code: int, tongue: Language) -> dict[str, Any]:
    example = next((p for p in reasons(tongue) if p.status == code), None)
    failure: dict[str, Any] = {
        "description": _STATUSES_ZH[code] if tongue == "zh" else HTTPStatus(code).phrase,
        "content": {CONTENT_TYPE: {"schema": {"$ref": _REF.format(name=Problem.__name__)}}},
    }
    if example is not None:
        failure["content"][CONTENT_TYPE]["example"] = msgspec.to_builtins(example)
    for status, name in _PROBLEM_HEADERS:
        if code == status:
            failure["headers"] = {name: _header("RFC 9110")}
    return failure


def _content(kind: type[msgspec.Struct], example: dict[str, Any]) -> dict[str, Any]:
    schema = {"$ref": _REF.format(name=kind.__name__)}
    return {"application/json": {"schema": schema, "example": example}}


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


def _said(words: Words, tongue: Language) -> str:
    return words.zh if tongue == "zh" else words.en


def _leaves() -> Iterator[type[HongkaError]]:
    """Yield the error classes that people see: those with a status and texts."""
    placed = set(STATUSES)
    waiting: list[type[HongkaError]] = [HongkaError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if has_words(kind.reason) and not placed.isdisjoint(kind.__mro__) and status_of(kind):
            yield kind
