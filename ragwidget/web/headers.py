"""What every page of ours tells the browser it may do: nothing that it need not."""

from __future__ import annotations

from flask import Flask, Response, request

FOR_ALL = ("/api/", "/assets/", "/c/", "/widget")  # what pages of others may show or ask


def policy(framers: str = "'none'") -> str:
    """Return what a page may do; `framers` are the sources that may show it in a frame."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {framers}"
    )


# of what a browser can lend a page, ours use the clipboard and passkeys
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "encrypted-media",
        "geolocation",
        "gyroscope",
        "hid",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
        "xr-spatial-tracking",
    )
)


def init_app(app: Flask) -> None:
    """Set the security headers of every response."""
    https = app.config["PUBLIC_URL"].startswith("https://")

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        if response.mimetype == "text/html":
            if "Content-Security-Policy" not in response.headers:
                response.headers["Content-Security-Policy"] = policy()
                response.headers["X-Frame-Options"] = "DENY"  # knows no list of who may
            response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
            response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if not request.path.startswith(FOR_ALL):
            response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if response.mimetype in {"text/html", "application/json"}:
            response.headers.setdefault("Cache-Control", "private, no-store")
        if https:
            response.headers.setdefault(
                "Strict-Transport-Security", "max-age=31536000; includeSubDomains"
            )
        return response
