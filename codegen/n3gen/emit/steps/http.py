"""An `http` step: one request."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.code import constant, keyword
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import HttpRequest
from n3gen.spec.model import HttpStep

__all__ = ["http"]


@STEP_FORMS.of(HttpStep)
def http(step: HttpStep, asking: Asking) -> HttpRequest:
    fields = asking.fields
    url = fields.address("url", step.url or "")
    parts = {
        word: render(field, value)
        for word, field, value, render in (
            ("headers", "headers", step.headers, fields.data),
            ("params", "query", step.query, fields.data),
            ("json", "json", step.json_, fields.body),
        )
        if value
    }
    return HttpRequest(
        key=(constant(step.method), url, *parts.values()),
        permit=asking.permit(),
        summary=f"{step.method} {step.url}",
        method=step.method,
        url=url,
        parts=tuple(keyword(word, value) for word, value in parts.items()),
    )
