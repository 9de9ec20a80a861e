"""Two people of Strongbox, as programs outside see it: run by python3 in the rig's visitor.

Usage: people.py write|read DOMAIN. `write` opens their accounts and keeps records; both print all that they have.
"""

from __future__ import annotations

import http.cookiejar
import json
import re
import ssl
import sys
import urllib.parse
import urllib.request
from typing import Any

CONTEXT = ssl.create_default_context(cafile="/etc/slipway/root.pem")
PEOPLE = {"ada": "a lovelace of engines 1843", "grace": "a hopper of moths 1947"}
RECORDS = 12


class Person:
    """Somebody with a browser, and with a program that uses the API."""

    def __init__(self, domain: str, name: str) -> None:
        self.site, self.name = f"https://{domain}", name
        self.browser = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=CONTEXT),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )
        self.browser.addheaders = [("Referer", f"{self.site}/sign-up"), ("Origin", self.site)]

    def sign_up(self) -> None:
        """Open the account, through the page."""
        page = self.browser.open(f"{self.site}/sign-up").read().decode()
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token, page
        form = {"csrf_token": token[1], "name": self.name, "password": PEOPLE[self.name]}
        answer = self.browser.open(f"{self.site}/sign-up", urllib.parse.urlencode(form).encode())
        assert answer.url.endswith("/records"), answer.read().decode()

    def log_in(self) -> None:
        """Get a token for the API."""
        given = {"name": self.name, "password": PEOPLE[self.name]}
        self.token = self.ask("POST", "/api/v1/tokens", given)["access_token"]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask the API."""
        request = urllib.request.Request(
            self.site + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {getattr(self, 'token', '')}"},
        )
        with urllib.request.urlopen(request, context=CONTEXT, timeout=30) as answer:
            return json.load(answer)


def main() -> None:
    """Do what the arguments say."""
    verb, domain = sys.argv[1:]
    found = {}
    for name in PEOPLE:
        person = Person(domain, name)
        if verb == "write":
            person.sign_up()
        person.log_in()
        if verb == "write":
            for number in range(RECORDS):
                secret = {"title": f"{name} {number}", "secret": f"{number}-{name}-ü", "tags": ["old"]}
                person.ask("POST", "/api/v1/records", secret)
        page = person.ask("GET", "/api/v1/records")
        found[name] = [person.ask("GET", f"/api/v1/records/{item['id']}") for item in page["items"]]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
