/* Mail by libcurl: see net_mail.h. */
#include "net/net_mail.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/utf8.h"

#define CONNECT_TIMEOUT_MS 5000L
#define TOTAL_TIMEOUT_MS 20000L
#define SUBJECT_SIZE 900 /* below the longest line that mail may have */
#define ADDRESS_MAX 254

bool net_mail_is_address(const char *address)
{
    const char *at = strchr(address, '@');

    if (!at || at == address || !at[1] || strchr(at + 1, '@') || strlen(address) > ADDRESS_MAX)
        return false;
    for (const char *c = address; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 127 || strchr("<>()[],;:\\\"", *c))
            return false;
    return true;
}

/* --- Subject --- */

#define WORD_BEGIN "=?UTF-8?Q?"
#define WORD_END "?="
#define WORD_MAX 75 /* of an encoded word, RFC 2047 section 2 */

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
            return false;
    return true;
}

/* One character of the text, encoded; its length in the text. Control characters become spaces. */
static size_t encode_char(const char *text, char out[32])
{
    size_t len = utf8_char(text, strlen(text));
    size_t n = 0;

    if (len == 0 || (unsigned char)*text < ' ' || *text == ' ') {
        snprintf(out, 32, "_");
        return 1;
    }
    for (size_t i = 0; i < len; i++)
        n += (size_t)snprintf(out + n, 32 - n, "=%02X", (unsigned char)text[i]);
    return len;
}

void net_mail_subject(const char *text, char *out, size_t size)
{
    size_t used = 0, word = 0;
    char encoded[32];

    if (is_plain(text)) {
        snprintf(out, size, "%s", text);
        return;
    }
    out[0] = '\0';
    while (*text) {
        size_t len = encode_char(text, encoded);
        size_t more = strlen(encoded);
        bool begin = used == 0 || word + more + strlen(WORD_END) > WORD_MAX;
        const char *join = used == 0 ? WORD_BEGIN : begin ? WORD_END " " WORD_BEGIN : "";
        if (used + strlen(join) + more + strlen(WORD_END) >= size)
            break;
        used += (size_t)snprintf(out + used, size - used, "%s%s", join, encoded);
        word = begin ? strlen(WORD_BEGIN) + more : word + more;
        text += len;
    }
    snprintf(out + used, size - used, "%s", WORD_END);
}

/* --- One message --- */

static void fail(const char *what)
{
    log_error("%s", what);
    abort();
}

#define SET(option, value)                                                                         \
    do {                                                                                           \
        if (curl_easy_setopt(curl, option, value) != CURLE_OK)                                     \
            fail("libcurl does not know " #option);                                                \
    } while (0)

static bool is_this_host(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0 ||
           strcmp(host, "::1") == 0;
}

static void set_server(CURL *curl, struct arena *arena, const struct net_mail_server *server)
{
    bool tls = server->port == 465;
    bool is_v6 = strchr(server->host, ':') != NULL;

    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    SET(CURLOPT_TIMEOUT_MS, TOTAL_TIMEOUT_MS);
    SET(CURLOPT_URL, arena_printf(arena, "%s://%s%s%s:%d", tls ? "smtps" : "smtp", is_v6 ? "[" : "",
                                  server->host, is_v6 ? "]" : "", server->port));
    SET(CURLOPT_USE_SSL,
        (long)(server->auth && !is_this_host(server->host) ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    SET(CURLOPT_MAIL_FROM, arena_printf(arena, "<%s>", server->sender));
    if (!server->auth)
        return;
    SET(CURLOPT_LOGIN_OPTIONS, arena_printf(arena, "AUTH=%s", server->auth));
    SET(CURLOPT_USERNAME, server->username ? server->username : "");
    SET(CURLOPT_PASSWORD, server->password ? server->password : "");
}

static struct curl_slist *add(struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(list, line);

    if (!longer)
        fail("out of memory");
    return longer;
}

static struct curl_slist *make_headers(struct arena *arena, const struct net_mail_server *server,
                                       const struct net_mail *mail, const char *to)
{
    char subject[SUBJECT_SIZE], date[64];
    time_t now = time(NULL);
    struct tm tm;

    gmtime_r(&now, &tm);
    strftime(date, sizeof date, "Date: %a, %d %b %Y %H:%M:%S +0000", &tm);
    net_mail_subject(mail->subject, subject, sizeof subject);
    struct curl_slist *list = add(NULL, date);
    list = add(list, arena_printf(arena, "From: Terrace <%s>", server->sender));
    list = add(list, arena_printf(arena, "To: <%s>", to));
    list = add(list, arena_printf(arena, "Subject: %s", subject));
    list = add(list, arena_printf(arena, "Message-ID: <%s@%s>", ids_new(arena, "mail-"),
                                  strchr(server->sender, '@') + 1));
    return add(list, "Auto-Submitted: auto-generated");
}

static CURLcode send_one(CURL *curl, struct arena *arena, const struct net_mail_server *server,
                         const struct net_mail *mail, const char *to)
{
    struct curl_slist *headers = make_headers(arena, server, mail, to);
    struct curl_slist *recipients = add(NULL, arena_printf(arena, "<%s>", to));
    curl_mime *mime = curl_mime_init(curl);
    curl_mimepart *part = mime ? curl_mime_addpart(mime) : NULL;

    if (!part || curl_mime_data(part, mail->text, CURL_ZERO_TERMINATED) != CURLE_OK ||
        curl_mime_type(part, "text/plain; charset=utf-8") != CURLE_OK ||
        curl_mime_encoder(part, "quoted-printable") != CURLE_OK)
        fail("libcurl makes no message");
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_MAIL_RCPT, recipients);
    SET(CURLOPT_MIMEPOST, mime);
    CURLcode code = curl_easy_perform(curl);
    SET(CURLOPT_MIMEPOST, NULL);
    SET(CURLOPT_MAIL_RCPT, NULL);
    SET(CURLOPT_HTTPHEADER, NULL);
    curl_mime_free(mime);
    curl_slist_free_all(recipients);
    curl_slist_free_all(headers);
    return code;
}

/* libcurl begins its texts with a capital letter. */
static void explain(char *error, const char *text)
{
    snprintf(error, NET_MAIL_ERROR, "%s", text);
    if (error[0] >= 'A' && error[0] <= 'Z' && (error[1] < 'A' || error[1] > 'Z'))
        error[0] = (char)(error[0] - 'A' + 'a');
}

bool net_mail_send(const struct net_mail_server *server, const struct net_mail *mail, char *error)
{
    char curl_error[CURL_ERROR_SIZE] = "";
    bool good = true;

    if (!net_mail_is_address(server->sender)) {
        explain(error, "the sender is no mail address");
        return false;
    }
    CURL *curl = curl_easy_init();
    if (!curl)
        fail("libcurl gives no handle");
    struct arena *arena = arena_new();
    set_server(curl, arena, server);
    SET(CURLOPT_ERRORBUFFER, curl_error);
    for (size_t i = 0; i < mail->to_count; i++) {
        if (!net_mail_is_address(mail->to[i])) {
            explain(error, "a recipient is no mail address");
            good = false;
            continue;
        }
        CURLcode code = send_one(curl, arena, server, mail, mail->to[i]);
        if (code == CURLE_OK)
            continue;
        explain(error, curl_error[0] ? curl_error : curl_easy_strerror(code));
        good = false;
        /* The server refuses this recipient, or there is no server to ask about the next. */
        if (code != CURLE_SEND_ERROR)
            break;
    }
    curl_easy_cleanup(curl);
    arena_free(arena);
    return good;
}
