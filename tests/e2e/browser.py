"""A browser without JavaScript: cookies, redirects, forms. Just enough to sign in as a person would."""

import html.parser
import http.cookiejar
import ssl
import urllib.error
import urllib.parse
import urllib.request

import harness


class FormParser(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = []
        self.text = []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "form":
            self.forms.append({"action": attributes.get("action", ""), "fields": {}, "buttons": {},
                               "method": attributes.get("method", "get").lower(), "types": {}})
        elif tag in ("input", "textarea", "select", "button") and self.forms and attributes.get("name"):
            form = self.forms[-1]
            if tag == "button" or attributes.get("type") == "submit":
                form["buttons"][attributes["name"]] = attributes.get("value", "")
            else:
                form["fields"][attributes["name"]] = attributes.get("value", "")
                form["types"][attributes["name"]] = attributes.get("type", "text" if tag == "input" else tag)

    def handle_data(self, data):
        self.text.append(data)


class Page:
    def __init__(self, url, status, headers, body):
        self.url = url
        self.status = status
        self.headers = headers
        self.body = body
        parser = FormParser()
        if "html" in headers.get("Content-Type", ""):
            parser.feed(body)
        self.forms = parser.forms
        self.text = " ".join(" ".join(parser.text).split())

    def form(self, *names):
        """The first form that has all these fields."""
        for form in self.forms:
            if all(name in form["fields"] for name in names):
                return form
        raise AssertionError(f"{self.url} ({self.status}) has no form with {names}: {self.forms}\n{self.text[:500]}")

    def form_with_type(self, kind):
        for form in self.forms:
            if kind in form["types"].values():
                return form
        raise AssertionError(f"{self.url} ({self.status}) has no form with a {kind} field: {self.text[:500]}")


class Browser:
    def __init__(self, terrace):
        self.base = terrace.base_url
        self.jar = http.cookiejar.CookieJar()
        context = ssl.create_default_context(cafile=terrace.ca)
        self.opener = urllib.request.build_opener(
            harness.NoRedirect, urllib.request.HTTPCookieProcessor(self.jar),
            urllib.request.HTTPSHandler(context=context))
        self.address = self.base

    def request(self, url, fields=None, headers=None):
        """One exchange; fields make it a POST of a form. Redirects are not followed."""
        url = urllib.parse.urljoin(self.address, url)
        data = None if fields is None else urllib.parse.urlencode(fields).encode()
        request = urllib.request.Request(url, data=data, headers=dict({"Accept": "text/html"}, **(headers or {})))
        if data is not None:
            request.add_header("Origin", self.base)
        try:
            reply = self.opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            reply = error
        with reply:
            page = Page(url, reply.status, reply.headers, reply.read().decode("utf-8", "replace"))
        return page

    def open(self, url, fields=None):
        """Follows redirects as long as they stay on this server."""
        for _ in range(10):
            page = self.request(url, fields)
            self.address = page.url
            location = page.headers.get("Location")
            if page.status not in (301, 302, 303, 307, 308) or not location:
                return page
            url = urllib.parse.urljoin(page.url, location)
            if not url.startswith(self.base):
                return page
            fields = None
        raise AssertionError(f"too many redirects at {url}")

    def submit(self, page, form, values=None, button=None):
        fields = dict(form["fields"], **(values or {}))
        if button is not None:
            fields[button] = form["buttons"][button]
        self.address = page.url
        if form["method"] == "post":
            return self.open(form["action"] or page.url, fields)
        return self.open((form["action"] or page.url) + "?" + urllib.parse.urlencode(fields))

    def sign_in(self, page, user, password):
        """Fills the sign-in form of a page, whatever its fields are called."""
        form = page.form_with_type("password")
        secret = next(name for name, kind in form["types"].items() if kind == "password")
        name = next(name for name, kind in form["types"].items() if kind in ("text", "email"))
        return self.submit(page, form, {name: user, secret: password})
