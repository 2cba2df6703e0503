#!/usr/bin/python3
"""Holds output of svctop against what its readers expect.

    validate.py json|jsonl|csv|sarif|junit|openmetrics|incident|incident-jsonl|history FILE

Prints what is wrong and exits with 1; 77: the judge (a real Prometheus) is not here.
SARIF_SCHEMA may name the official schema, to be used on top of ours.
"""

import csv
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree

import jsonschema

SKIP = 77


def fail(text):
    print(text)
    sys.exit(1)


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def hold(document, schema, cls=jsonschema.Draft202012Validator):
    errors = sorted(cls(schema).iter_errors(document), key=lambda e: list(map(str, e.absolute_path)))
    for error in errors[:10]:
        print("/".join(map(str, error.absolute_path)) + ": " + error.message[:300])
    if errors:
        fail(f"{len(errors)} mistakes")


def check_json(path):
    document = load(path)
    hold(document, load("docs/output.schema.json"))
    names = [s["name"] for s in document["services"]]
    if names != sorted(names):
        fail("services are not sorted by name")
    known = set(names)
    orders = {tuple(f["check"] for f in s["findings"]) for s in document["services"]}
    if len(orders) > 1 and "--filtered" not in sys.argv:
        fail("findings are not the same items in the same order for every service")
    for service in document["services"]:
        for other in service["dependents"]:
            if other not in known:
                fail(f"{service['name']}: dependent {other} is no service")
    if document["summary"]["services"] != sum(t["services"] for t in document["summary"]["by_tier"].values()):
        fail("the summary's tiers do not add up")


def check_jsonl(path):
    schema = load("docs/output.schema.json")
    one = {"$ref": "#/$defs/service", "$defs": schema["$defs"]}
    with open(path, encoding="utf-8") as f:
        lines = f.read().split("\n")
    if lines.pop() != "":
        fail("the last line does not end")
    for line in lines:
        document = json.loads(line)
        if "findings" in document:
            hold(document, one)


def check_incident(path):
    hold(load(path), load("docs/incident.schema.json"))


def check_incident_lines(path):
    schema = load("docs/incident.schema.json")
    with open(path, encoding="utf-8") as f:
        for line in f:
            hold(json.loads(line), {"$ref": "#/$defs/burn", "$defs": schema["$defs"]})


def check_history(path):
    document = load(path)
    hold(document, load("docs/history.schema.json"))
    points, changes = document["points"], document["changes"]
    for point in points:
        if sum(point["open_by_tier"].values()) != point["open"]:
            fail(f"{point['at']}: tiers do not add up")
    for key in ("opened", "closed", "regressed"):
        if sum(p[key] for p in points) != document["totals"][key]:
            fail(f"{key}: points do not add up")
    for key in ("opened", "closed"):
        if len([c for c in changes if c["change"] == key]) != document["totals"][key]:
            fail(f"{key}: changes do not add up")
    if [c["at"] for c in changes] != sorted((c["at"] for c in changes), reverse=True):
        fail("changes are not newest first")
    for groups in document["groups"].values():
        if sum(g["open"] for g in groups) != points[-1]["open"]:
            fail("groups do not add up")


def check_csv(path):
    with open(path, encoding="utf-8", newline="") as f:
        rows = list(csv.reader(f, strict=True))
    if len(rows) < 2:
        fail("no rows")
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            fail(f"row {number} has {len(row)} columns, the header {len(rows[0])}")
        for cell in row:
            # A spreadsheet would run it.
            if cell[:1] in ("=", "+", "@", "\t", "\r"):
                fail(f"row {number}: a cell starts as a formula: {cell[:40]}")


def check_sarif(path):
    document = load(path)
    hold(document, load("tests/cli/sarif.schema.json"))
    official = os.environ.get("SARIF_SCHEMA")
    if official:
        schema = load(official)
        hold(document, schema, jsonschema.validators.validator_for(schema))
    run = document["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        if rules[result["ruleIndex"]]["id"] != result["ruleId"]:
            fail(f"ruleIndex {result['ruleIndex']} is not {result['ruleId']}")
        for location in result["locations"]:
            base = location["physicalLocation"]["artifactLocation"].get("uriBaseId")
            if base is not None and base not in run.get("originalUriBaseIds", {}):
                fail(f"uriBaseId {base} is not defined")


def check_junit(path):
    schema = os.environ.get("JUNIT_SCHEMA", "tests/cli/junit.xsd")
    done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", schema, path],
                          capture_output=True, text=True)
    if done.returncode != 0:
        fail(done.stderr[:2000])
    root = xml.etree.ElementTree.parse(path).getroot()
    for suite in root.iter("testsuite"):
        cases = suite.findall("testcase")
        for attribute, count in (("tests", len(cases)),
                                 ("failures", len(suite.findall("testcase/failure"))),
                                 ("errors", len(suite.findall("testcase/error"))),
                                 ("skipped", len(suite.findall("testcase/skipped")))):
            if attribute in suite.attrib and int(suite.get(attribute)) != count:
                fail(f"suite {suite.get('name')}: {attribute} is {suite.get(attribute)}, not {count}")


class Target(http.server.BaseHTTPRequestHandler):
    text = b""
    asked = 0

    def do_GET(self):
        Target.asked += 1
        self.send_response(200)
        self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.end_headers()
        self.wfile.write(Target.text)

    def log_message(self, *args):
        pass


def query(port, expression):
    url = f"http://127.0.0.1:{port}/api/v1/query?query={urllib.parse.quote(expression)}"
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)["data"]["result"]


def scrape(prometheus, target, directory, count):
    """Lets a real Prometheus read the target, and counts the samples that it took."""
    port = free_port()
    config = os.path.join(directory, "prometheus.yml")
    with open(config, "w", encoding="utf-8") as f:
        f.write("global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n"
                f"- {{job_name: svctop, honor_labels: true, static_configs: [{{targets: ['127.0.0.1:{target}']}}]}}\n")
    with open(os.path.join(directory, "log"), "w", encoding="utf-8") as log:
        server = subprocess.Popen([prometheus, f"--config.file={config}", f"--storage.tsdb.path={directory}/data",
                                   f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if server.poll() is not None:
                fail("prometheus ended: " + open(os.path.join(directory, "log"), encoding="utf-8").read()[-1000:])
            try:
                up = query(port, "up{job=\"svctop\"}")
                taken = query(port, "scrape_samples_scraped{job=\"svctop\"}")
            except OSError:
                up, taken = [], []
            if up and Target.asked > 0:
                if up[0]["value"][1] != "1":
                    targets = urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/targets", timeout=5)
                    fail("not scraped: " + json.load(targets)["data"]["activeTargets"][0]["lastError"])
                if taken and int(taken[0]["value"][1]) != count:
                    fail(f"{taken[0]['value'][1]} samples were taken of {count}")
                if taken:
                    return
            time.sleep(0.2)
        fail("prometheus did not scrape within a minute")
    finally:
        server.kill()
        server.wait()


def free_port():
    with http.server.HTTPServer(("127.0.0.1", 0), Target) as server:
        return server.server_port


def check_openmetrics(path):
    with open(path, "rb") as f:
        Target.text = f.read()
    if not Target.text.endswith(b"# EOF\n"):
        fail("does not end in # EOF")
    lines = Target.text.decode("utf-8").splitlines()
    count = sum(1 for line in lines if line and not line.startswith("#"))
    if count == 0:
        fail("no samples")
    prometheus = shutil.which("prometheus") or "build/unpacked/usr/bin/prometheus"
    if not os.access(prometheus, os.X_OK):
        print("there is no prometheus here")
        sys.exit(SKIP)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as directory:
        scrape(prometheus, server.server_port, directory, count)


CHECKS = {"json": check_json, "jsonl": check_jsonl, "csv": check_csv, "sarif": check_sarif,
          "junit": check_junit, "openmetrics": check_openmetrics,
          "history": check_history, "incident": check_incident, "incident-jsonl": check_incident_lines}

if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in CHECKS:
        sys.exit(__doc__)
    CHECKS[sys.argv[1]](sys.argv[2])
