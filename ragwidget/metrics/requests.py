"""Counts requests, by the rule of their address and never by the address itself."""

from __future__ import annotations

from time import perf_counter

from flask import Flask, Response, g, request

from ragwidget import metrics


def init_app(app: Flask) -> None:
    """Count every request, and how long it took until the answer began."""

    @app.after_request
    def count(response: Response) -> Response:
        rule = request.url_rule
        # a stranger may ask for any address by any method
        method, route = (request.method, rule.rule) if rule else ("other", "none")
        metrics.REQUESTS(method=method, route=route, status=str(response.status_code)).inc()
        if "began" in g:
            metrics.REQUEST(route=route).observe(perf_counter() - g.began)
        return response
