# src/blob
noinst_LIBRARIES += libblob.a
libblob_a_SOURCES = src/blob/blob.c src/blob/blob.h src/blob/blob_reader.c src/blob/blob_writer.c \
	src/blob/chunk.c src/blob/chunk.h
