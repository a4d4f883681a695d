# tests/unit/net
EXTRA_DIST += tests/unit/net/server.h
NET_TESTS = tests/unit/net/test_net_address tests/unit/net/test_net_client tests/unit/net/test_net_mail
check_PROGRAMS += $(NET_TESTS)
TESTS += $(NET_TESTS)
tests_unit_net_test_net_address_LDADD = $(NET_LIBS)
tests_unit_net_test_net_client_LDADD = $(NET_LIBS)
tests_unit_net_test_net_mail_LDADD = $(NET_LIBS)
