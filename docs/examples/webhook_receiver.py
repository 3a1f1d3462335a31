"""A receiver of Liftwarden's webhooks without any package: verify, answer, then work.

    WEBHOOK_SECRET=whsec_... python3 webhook_receiver.py
"""
import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
HANDLED = set()  # ids handled already: keep them in your database, with what you do, in one transaction


def is_signed(message_id, timestamp, signatures, body):
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > 300:
        return False
    content = f"{message_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(SECRET, content, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(each.encode(), expected.encode()) for each in signatures.split(" "))


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), 65536))  # the bytes as they came
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        message_id, timestamp, signatures = (self.headers.get(name, "") for name in names)
        signed = is_signed(message_id, timestamp, signatures, body)
        self.send_response(204 if signed else 401)
        self.end_headers()
        if not signed or message_id in HANDLED:
            return
        HANDLED.add(message_id)
        event = json.loads(body)
        lift = (event["data"].get("lift") or {}).get("registrationCode")
        print(event["type"], lift, event["data"]["sequence"], event["data"].get("kind"), flush=True)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "4000"))), Receiver).serve_forever()
