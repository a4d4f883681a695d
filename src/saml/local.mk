# src/saml: what the server says and asks; XML itself is read by a program of its own.
noinst_LIBRARIES += libsaml.a
libsaml_a_SOURCES = src/saml/saml.h
libsaml_a_SOURCES += src/saml/saml_check.c
libsaml_a_SOURCES += src/saml/saml_request.c

noinst_LIBRARIES += libsamlxml.a
libsamlxml_a_SOURCES = src/saml/saml_response.c src/saml/saml_response.h
libsamlxml_a_SOURCES += src/saml/saml_signature.c src/saml/saml_signature.h
libsamlxml_a_CFLAGS = $(AM_CFLAGS) $(XMLSEC_CFLAGS)
SAML_XML_LIBS = libsamlxml.a libjson.a libterrace_crypto.a libbase.a \
	$(XMLSEC_LIBS) $(JSONC_LIBS) $(SODIUM_LIBS) $(CRYPTO_LIBS) $(INIH_LIBS)

libexec_PROGRAMS += terrace-saml
terrace_saml_SOURCES = src/saml/saml_main.c
terrace_saml_CFLAGS = $(AM_CFLAGS) $(XMLSEC_CFLAGS)
terrace_saml_LDADD = $(SAML_XML_LIBS)
