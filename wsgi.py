"""The app, for gunicorn and for `flask run`."""

from ragwidget.app import create_app

app = create_app()
