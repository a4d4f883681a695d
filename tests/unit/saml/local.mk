# tests/unit/saml
EXTRA_DIST += tests/unit/saml/fixture.h
SAML_TESTS = tests/unit/saml/test_saml_request tests/unit/saml/test_saml_response
check_PROGRAMS += $(SAML_TESTS)
TESTS += $(SAML_TESTS)
tests_unit_saml_test_saml_request_LDADD = libsaml.a libjson.a libterrace_crypto.a libbase.a \
	$(JSONC_LIBS) $(SODIUM_LIBS) $(CRYPTO_LIBS) $(ZLIB_LIBS) $(INIH_LIBS)
tests_unit_saml_test_saml_response_CFLAGS = $(AM_CFLAGS) $(XMLSEC_CFLAGS)
tests_unit_saml_test_saml_response_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_saml_test_saml_response_LDADD = $(SAML_XML_LIBS)
