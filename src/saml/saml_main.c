/* terrace-saml: reads a question of saml_check.c from standard input, writes the answer to standard
 * output. It has nothing that is worth taking, and little time and memory. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "saml/saml_response.h"
#include "saml/saml_signature.h"

#define SECONDS 10
#define MEMORY (512UL << 20)
#define MAX_QUESTION (2UL << 20)

/* Not under ASan, which reserves more than any limit. */
static void limit(void)
{
#ifndef __SANITIZE_ADDRESS__
    (void)setrlimit(RLIMIT_AS, &(struct rlimit){MEMORY, MEMORY});
#endif
    (void)setrlimit(RLIMIT_CPU, &(struct rlimit){SECONDS, SECONDS});
    (void)setrlimit(RLIMIT_FSIZE, &(struct rlimit){MAX_QUESTION, MAX_QUESTION});
    (void)alarm(SECONDS);
}

static bool read_all(struct buf *in)
{
    for (;;) {
        char *room = buf_reserve(in, 65536);
        ssize_t got = read(STDIN_FILENO, room, 65535);
        if (got <= 0)
            return got == 0;
        room[got] = '\0';
        in->len += (size_t)got;
        if (in->len > MAX_QUESTION)
            return false;
    }
}

static void answer(struct arena *arena, const struct json_value *question, struct buf *out)
{
    const struct json_value *listed = json_get(question, "certificates");
    const char *certificates[2] = {0};
    const struct json_value *response = json_get(question, "response");
    struct json_writer w;
    size_t len = 0;

    for (size_t i = 0; i < json_length(listed) && i < 2; i++)
        certificates[i] = json_text(json_at(listed, i));
    const struct saml_rules rules = {
        .acs_url = json_text(json_get(question, "acs_url")),
        .entity_id = json_text(json_get(question, "entity_id")),
        .certificates = certificates,
        .certificate_count = 2,
        .want_assertions_signed = json_boolean(json_get(question, "want_assertions_signed")),
        .now = clock_now(),
    };
    const char *xml =
        crypto_base64_decode(arena, json_text(response), json_text_len(response), &len);
    json_writer_init(&w, out);
    saml_response_read(arena, xml ? xml : "", xml ? len : 0, &rules, &w);
}

int main(void)
{
    struct arena *arena = arena_new();
    struct buf in, out;
    const char *reason;

    limit();
    saml_signature_init();
    buf_init(&in, arena);
    buf_init(&out, arena);
    const struct json_value *question =
        read_all(&in) ? json_read(arena, buf_str(&in), in.len, 4, &reason) : NULL;
    if (!question || json_kind(question) != JSON_OBJECT) {
        fputs("terrace-saml is for the server, which starts it\n", stderr);
        return 2;
    }
    answer(arena, question, &out);
    bool written = fwrite(buf_str(&out), 1, out.len, stdout) == out.len && fflush(stdout) == 0;
    arena_free(arena);
    return written ? 0 : 1;
}
