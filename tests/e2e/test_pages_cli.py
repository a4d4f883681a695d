"""The address that a real CLI prints, and a run that is started, confirmed and read in a browser while a real
runner does it."""

import re
import time
import unittest

import cli
import test_runner_runs
from browser import Browser

PASSWORD = "correct horse battery"


class WithABrowser(test_runner_runs.Case):
    def setUp(self):
        super().setUp()
        self.browser = Browser(self.terrace)
        self.browser.sign_in(self.browser.open("/session"), "alice", PASSWORD)

    def page_with(self, url, *texts, timeout=60):
        """Looks at a page again, as the browser does, until it says so."""
        end = time.monotonic() + timeout
        while True:
            page = self.browser.open(url)
            if all(text in page.text for text in texts):
                return page
            self.assertLess(time.monotonic(), end, f"{texts}: {page.text}")
            self.assertIsNotNone(page.headers["Refresh"], page.text)
            time.sleep(0.5)

    def test_the_address_that_the_cli_prints(self):
        self.use(cli.GREETING)
        printed = self.cli.run("plan", "-input=false", "-no-color")
        url = re.search(r"https://\S+/app/acme/\S+/runs/run-\w+", printed)[0]
        page = self.browser.open(url)
        self.assertEqual(page.status, 200)
        for text in ("Planned and Finished", "Plan only", "1 to add, 0 to change, 0 to destroy",
                     "terraform_data.greeting: Plan to create", "+ terraform_data.greeting", 'input: "hello"',
                     "id: (known after apply)", "+ output greeting"):
            self.assertIn(text, page.text)

    def test_what_would_change(self):
        self.use("""
variable "password" {
  sensitive = true
}
variable "text" {
  default = "<b>one</b>"
}
resource "terraform_data" "a" {
  input            = var.text
  triggers_replace = ["constant", var.password]
}
resource "terraform_data" "c" {
  triggers_replace = [var.text, var.password]
}
resource "terraform_data" "b" {
  triggers_replace = var.text
}
output "text" {
  value = var.text
}
""")
        self.variable("password", "hunter2-hunter2", sensitive=True)
        self.cli.apply()
        self.variable("text", "two")
        printed = self.cli.run("plan", "-input=false", "-no-color")
        page = self.browser.open(re.search(r"https://\S+/app/acme/\S+/runs/run-\w+", printed)[0])
        for text in ('~ terraform_data.a input: "<b>one</b>" -> "two"', "-/+ terraform_data.b",
                     "-/+ terraform_data.c", "triggers_replace: (sensitive) -> (sensitive)",
                     'triggers_replace: "<b>one</b>" -> "two"', '~ output text value: "<b>one</b>" -> "two"'):
            self.assertIn(text, page.text)
        self.assertNotIn("hunter2", page.body)
        self.assertNotIn("<b>", page.body)

    def from_the_browser(self, **attributes):
        self.use(cli.GREETING, **attributes)
        self.cli.apply("-target=terraform_data.nothing")
        page = self.browser.open(f"/app/acme/{self.name}?start=1")
        page = self.browser.submit(page, page.form("message", "kind"), {"kind": "plan_and_apply", "message": "from here"})
        url = page.url
        page = self.page_with(url, "Needs Confirmation", "1 to add, 0 to change, 0 to destroy")
        self.assertIn("terraform_data.greeting", page.text)
        form = page.form("comment")
        self.browser.submit(page, dict(form, buttons={"act": "apply"}), button="act")
        page = self.page_with(url, "Applied", "1 added, 0 changed, 0 destroyed")
        self.assertIn("Apply complete! Resources: 1 added", page.text)
        self.assertNotIn("@message", page.text)
        self.assertEqual(self.cli.output("greeting"), "hello")
        self.assertIn("serial", self.browser.open(f"/app/acme/{self.name}").text)

    def test_a_run_with_plain_logs(self):
        self.from_the_browser(structured_run_output_enabled=False)

    def test_a_run_with_structured_logs(self):
        self.from_the_browser(structured_run_output_enabled=True)


if __name__ == "__main__":
    unittest.main()
