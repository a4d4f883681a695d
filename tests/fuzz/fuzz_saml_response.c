/* Answers that the identity provider has not signed (none of the corpus has its signature, which
 * would stay good in company): whatever is made of them, none is taken. */
#include "fuzz/fuzz.h"

#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "saml/saml_response.h"
#include "saml/saml_signature.h"
#include "unit/saml/fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    static const char *const certificates[] = {certificate};
    const struct saml_rules rules = {
        .acs_url = "https://terrace.example.org/users/saml/auth",
        .entity_id = "https://terrace.example.org/users/saml/metadata",
        .certificates = certificates,
        .certificate_count = 1,
        .now = 1796126400,
    };
    struct json_writer w;
    struct buf out;
    const char *reason;

    if (arena == NULL) {
        arena = arena_new();
        saml_signature_init();
    }
    buf_init(&out, arena);
    json_writer_init(&w, &out);
    saml_response_read(arena, (const char *)data, size, &rules, &w);
    const struct json_value *said = json_read(arena, buf_str(&out), out.len, 8, &reason);
    MUST(said != NULL && json_text(json_get(said, "problem")) != NULL);
    arena_reset(arena);
    return 0;
}
