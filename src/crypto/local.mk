noinst_LIBRARIES += libterrace_crypto.a
libterrace_crypto_a_SOURCES = \
	src/crypto/crypto.h \
	src/crypto/digest.c \
	src/crypto/encode.c \
	src/crypto/keyring.c src/crypto/keyring.h \
	src/crypto/password.c \
	src/crypto/seal.c \
	src/crypto/sign.c \
	src/crypto/signing_key.c \
	src/crypto/token.c
libterrace_crypto_a_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(CRYPTO_CFLAGS)
