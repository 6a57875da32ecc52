"""The application for any WSGI server; `shuke serve` needs no file like this."""

from crm.app import create_app
from crm.config import Settings

app = create_app(Settings.from_env())
