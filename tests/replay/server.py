#!/usr/bin/env python3
"""GitHub for tests: gives what tests/replay/github says, over HTTP, as GitHub gives it: tokens,
budgets, conditional requests, pages, redirects, limits.

    server.py PORT TOKEN

POST /test/as?REPO=OTHER gives REPO the state of OTHER from now on; /test/mode?is=MODE: normal,
used-up (the hour's budget), too-fast (the secondary limit). GET /test/log: what was asked,
a line each: method, path, status.
"""
import hashlib
import json
import pathlib
import re
import sys
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FOLDER = pathlib.Path(__file__).resolve().parent / "github"
ALIAS = re.compile(r'(r\d+):repository\(owner:"acme",name:"([^"]+)"\)')
REFUSALS = {
    "used-up": (403, "API rate limit exceeded for user ID 1."),
    "too-fast": (403, "You have exceeded a secondary rate limit."),
}


class World:
    def __init__(self, token):
        self.token = token
        self.mode = "normal"
        self.states = {}
        self.left = {"core": 5000, "graphql": 5000}
        self.log = []

    def load(self, name):
        """A repository's file; None: there is none of that name."""
        path = FOLDER / (self.states.get(name, name) + ".json")
        return json.loads(path.read_text()) if path.is_file() else None

    def moved(self, number):
        """The name of the repository that was renamed and has that number."""
        for path in FOLDER.glob("*.json"):
            if json.loads(path.read_text()).get("moved") == number:
                return path.stem
        return None


def errors_of(file, alias, part):
    for error in file.get("errors", []):
        if error.get("of", part) == part:
            yield {key: [alias, *value] if key == "path" else value
                   for key, value in error.items() if key != "of"}


def answer_query(world, query):
    part = ("heads" if "deployments(" in query else
            "checks" if "history(first:5)" in query else "history")
    left = world.left["graphql"]
    data = {"rateLimit": {"cost": 1, "limit": 5000, "remaining": left,
                          "resetAt": "2026-11-20T13:00:00Z"}}
    errors = []
    for alias, name in ALIAS.findall(query):
        file = world.load(name) or {"errors": [{
            "type": "NOT_FOUND", "path": [],
            "message": f"Could not resolve to a Repository with the name 'acme/{name}'."}]}
        data[alias] = file.get(part)
        errors += errors_of(file, alias, part)
    return {"data": data, **({"errors": errors} if errors else {})}


def workflows_of(file):
    """With what the description asks of a workflow beside what its file says."""
    return [{"node_id": "W_x", "created_at": "2026-01-05T09:00:00Z",
             **{kind: f"https://github.com/acme/{kind}/{workflow['path']}"
                for kind in ("url", "html_url", "badge_url")}, **workflow}
            for workflow in file["workflows"]]


def runs_of(file, page):
    template = json.loads((FOLDER / "run.template").read_text())
    pages = file["runs"]
    return [{**template, **run} for run in (pages[page - 1] if page <= len(pages) else [])]


class GitHub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world = None

    def log_message(self, *args):
        pass

    def give(self, status, body, headers=()):
        text = b"" if body is None else json.dumps(body).encode()
        self.world.log.append(f"{self.command} {self.path} {status}")
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def refused(self, resource):
        """Whether the request was answered with a refusal."""
        mode = self.world.mode
        if self.headers.get("Authorization") != f"Bearer {self.world.token}":
            self.give(401, {"message": "Bad credentials", "status": "401"})
            return True
        if mode == "normal":
            return False
        status, message = REFUSALS[mode]
        headers = self.budget(resource)
        if mode == "used-up":
            headers = [("X-RateLimit-Limit", "5000"), ("X-RateLimit-Remaining", "0"),
                       ("X-RateLimit-Reset", str(int(time.time()) + 1200)),
                       ("X-RateLimit-Resource", resource)]
        elif mode == "too-fast":
            headers.append(("Retry-After", "60"))
        self.give(status, {"message": message, "status": str(status)}, headers)
        return True

    def budget(self, resource):
        return [("X-RateLimit-Limit", "5000"),
                ("X-RateLimit-Remaining", str(self.world.left[resource])),
                ("X-RateLimit-Reset", str(int(time.time()) + 3600)),
                ("X-RateLimit-Resource", resource)]

    def give_rest(self, body, headers=()):
        """A conditional answer; what has not changed costs nothing."""
        tag = '"%s"' % hashlib.sha1(json.dumps(body).encode()).hexdigest()
        known = self.headers.get("If-None-Match", "").removeprefix("W/") == tag
        if not known:
            self.world.left["core"] -= 1
        headers = [*headers, *self.budget("core"), ("ETag", "W/" + tag),
                   ("Cache-Control", "private, max-age=60, s-maxage=60"),
                   ("Vary", "Accept, Authorization, Cookie, X-GitHub-OTP")]
        self.give(304 if known else 200, None if known else body, headers)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        parts = urllib.parse.urlsplit(self.path)
        if parts.path == "/test/mode":
            self.world.mode = urllib.parse.parse_qs(parts.query)["is"][0]
            self.give(200, {})
        elif parts.path == "/test/as":
            self.world.states.update(urllib.parse.parse_qsl(parts.query))
            self.give(200, {})
        elif parts.path != "/graphql":
            self.give(404, {"message": "Not Found"})
        elif not self.refused("graphql"):
            self.world.left["graphql"] -= 1
            self.give(200, answer_query(self.world, json.loads(body)["query"]),
                      self.budget("graphql"))

    def do_GET(self):
        parts = urllib.parse.urlsplit(self.path)
        if parts.path == "/test/log":
            self.give(200, self.world.log[:])
            return
        if self.refused("core"):
            return
        match = re.fullmatch(r"/(?:repos/acme/([^/]+)|repositories/(\d+))/(actions/\w+)",
                             parts.path)
        name = match and (match[1] or self.world.moved(int(match[2])))
        file = self.world.load(name) if name else None
        if file is None:
            self.give(404, {"message": "Not Found", "status": "404"}, self.budget("core"))
        elif "rest" in file:
            self.give(file["rest"]["status"], file["rest"]["body"], self.budget("core"))
        elif "moved" in file and match[1]:
            there = f"http://{self.headers['Host']}/repositories/{file['moved']}/{match[3]}"
            self.give(301, {"message": "Moved Permanently"},
                      [("Location", there + "?" + parts.query), *self.budget("core")])
        elif match[3] == "actions/workflows":
            workflows = workflows_of(file)
            self.give_rest({"total_count": len(workflows), "workflows": workflows})
        else:
            query = dict(urllib.parse.parse_qsl(parts.query))
            page = int(query.get("page", 1))
            runs, link = runs_of(file, page), []
            if page < len(file["runs"]):
                query["page"] = page + 1
                link = [("Link", f"<http://{self.headers['Host']}{parts.path}?"
                                 f"{urllib.parse.urlencode(query)}>; rel=\"next\"")]
            self.give_rest({"total_count": len(runs), "workflow_runs": runs}, link)


if __name__ == "__main__":
    GitHub.world = World(sys.argv[2])
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), GitHub).serve_forever()
