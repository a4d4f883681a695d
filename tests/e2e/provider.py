"""An identity provider of SAML 2.0: reads the requests of a service provider and writes answers, good
ones and others. Signatures are made by the program xmlsec1."""

import base64
import datetime
import os
import subprocess
import urllib.parse
import xml.etree.ElementTree
import zlib

NAMES = {"samlp": "urn:oasis:names:tc:SAML:2.0:protocol", "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
         "md": "urn:oasis:names:tc:SAML:2.0:metadata", "ds": "http://www.w3.org/2000/09/xmldsig#"}
SHA256 = ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256")
SHA1 = ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#sha1")


def moment(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime(
        "%Y-%m-%dT%H:%M:%SZ")


def signature(identifier, methods=SHA256, transform="http://www.w3.org/2001/10/xml-exc-c14n#"):
    """What xmlsec1 fills in."""
    return (f'<ds:Signature xmlns:ds="{NAMES["ds"]}"><ds:SignedInfo>'
            '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
            f'<ds:SignatureMethod Algorithm="{methods[0]}"/><ds:Reference URI="#{identifier}"><ds:Transforms>'
            '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>'
            f'<ds:Transform Algorithm="{transform}"/></ds:Transforms>'
            f'<ds:DigestMethod Algorithm="{methods[1]}"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>'
            '<ds:SignatureValue/></ds:Signature>')


class Key:
    """A private key and a certificate of it, in a folder."""

    def __init__(self, folder, name):
        self.path = os.path.join(folder, name + ".key")
        certificate = os.path.join(folder, name + ".pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={name}",
                        "-keyout", self.path, "-out", certificate], check=True, capture_output=True)
        with open(certificate, encoding="ascii") as file:
            self.certificate = file.read()
        with open(self.path, encoding="ascii") as file:
            self.private = file.read()


class Provider:
    """folder: for its files. acs and entity: of the service provider."""

    def __init__(self, folder, acs, entity):
        self.folder, self.acs, self.entity = folder, acs, entity
        self.key = Key(folder, "provider")
        self.count = 0

    def identifier(self):
        self.count += 1
        return f"_id{self.count}x{os.urandom(4).hex()}"

    def sign(self, xml, key=None):
        """Fills in each signature of the document."""
        path = os.path.join(self.folder, "document.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(xml)
        ids = [argument for name in ("Assertion", "Response")
               for argument in ("--id-attr:ID", f'{NAMES["saml" if name == "Assertion" else "samlp"]}:{name}')]
        done = subprocess.run(["xmlsec1", "--sign", "--privkey-pem", (key or self.key).path, *ids, path],
                              check=True, capture_output=True, text=True)
        return done.stdout

    def assertion(self, name="ada@example.com", request=None, attributes=None, signed=True, methods=SHA256, identifier=None,
                  begins=-60, ends=300, audience=None, recipient=None, conditions=True):
        identifier = identifier or self.identifier()
        answered = f' InResponseTo="{request}"' if request else ""
        statement = "".join(
            f'<saml:Attribute Name="{key}">' + "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
            + "</saml:Attribute>" for key, values in (attributes or {}).items())
        return (f'<saml:Assertion xmlns:saml="{NAMES["saml"]}" ID="{identifier}" Version="2.0" IssueInstant="{moment(0)}">'
                f"<saml:Issuer>https://idp.example.com</saml:Issuer>{signature(identifier, methods) if signed else ''}"
                f'<saml:Subject><saml:NameID>{name}</saml:NameID>'
                '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
                f'<saml:SubjectConfirmationData NotOnOrAfter="{moment(ends)}" Recipient="{recipient or self.acs}"{answered}/>'
                "</saml:SubjectConfirmation></saml:Subject>"
                + (f'<saml:Conditions NotBefore="{moment(begins)}" NotOnOrAfter="{moment(ends)}"><saml:AudienceRestriction>'
                   f"<saml:Audience>{audience or self.entity}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
                   if conditions else "")
                + (f"<saml:AttributeStatement>{statement}</saml:AttributeStatement>" if statement else "")
                + "</saml:Assertion>")

    def response(self, assertion, request=None, signed=False, destination=None, methods=SHA256,
                 status="urn:oasis:names:tc:SAML:2.0:status:Success", message=""):
        identifier = self.identifier()
        answered = f' InResponseTo="{request}"' if request else ""
        said = f"<samlp:StatusMessage>{message}</samlp:StatusMessage>" if message else ""
        return (f'<samlp:Response xmlns:samlp="{NAMES["samlp"]}" xmlns:saml="{NAMES["saml"]}" ID="{identifier}" Version="2.0" '
                f'IssueInstant="{moment(0)}" Destination="{destination or self.acs}"{answered}>'
                f"<saml:Issuer>https://idp.example.com</saml:Issuer>{signature(identifier, methods) if signed else ''}"
                f'<samlp:Status><samlp:StatusCode Value="{status}"/>{said}</samlp:Status>{assertion}</samlp:Response>')

    def answer(self, **parts):
        """A good answer, base64 as a form carries it."""
        whole = parts.pop("whole", {})
        return encoded(self.sign(self.response(self.assertion(**parts), request=parts.get("request"), **whole)))


def encoded(xml):
    return base64.b64encode(xml.encode()).decode()


def read_request(url):
    """The AuthnRequest that a browser is sent with: (root, parameters)."""
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query, keep_blank_values=True)
    text = zlib.decompress(base64.b64decode(query["SAMLRequest"][0]), -15)
    return xml.etree.ElementTree.fromstring(text), query


def signature_holds(url, key, folder):
    """Whether the signature of a request's address is one of key, over what the binding says."""
    signed, _, value = url[url.index("SAMLRequest="):].partition("&Signature=")
    files = [os.path.join(folder, name) for name in ("signed", "value", "public")]
    public = subprocess.run(["openssl", "pkey", "-in", key.path, "-pubout"], check=True, capture_output=True).stdout
    for path, content in zip(files, (signed.encode(), base64.b64decode(urllib.parse.unquote(value)), public)):
        with open(path, "wb") as file:
            file.write(content)
    return subprocess.run(["openssl", "dgst", "-sha256", "-verify", files[2], "-signature", files[1], files[0]],
                          capture_output=True, check=False).returncode == 0
