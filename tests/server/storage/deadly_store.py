"""A store with one command more, `die`, that ends the process at once. Started by test_client.py."""

import os
import sys

from app.server.storage import service

service.HANDLERS["die"] = lambda *_: os._exit(9)
sys.exit(service.main(sys.argv[1:]))
