/* libcurl behind one function. What must never differ between callers is set here:
 * protocols, no signals, no sockets for child processes, and where addresses are refused. */
#include "net/net_client.h"

#include "base/buf.h"
#include "base/log.h"
#include "net/net_address.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_MS 10000L
#define STALL_TIMEOUT_S 60L
/* How often progress is reported. */
#define PROGRESS_MS 200
#define REPLY_LIMIT ((int64_t)16 * 1024 * 1024)

struct net_client {
    CURL *curl;
    CURLM *multi; /* holds curl while a request is under way, and its connection between them */
    bool public_only;
    int status;
    char error[CURL_ERROR_SIZE + 64];

    /* Of the request under way */
    const struct net_request *request;
    char curl_error[CURL_ERROR_SIZE];
    int64_t received;
    off_t body_start;
    int local_errno;
    bool refused, too_large, aborted;
};

static void fail(const char *what)
{
    log_error("%s", what);
    abort();
}

static size_t take_answer(char *bytes, size_t size, size_t count, void *context)
{
    struct net_client *client = context;
    const struct net_request *request = client->request;
    size_t len = size * count;
    int64_t limit = request->reply_limit > 0 ? request->reply_limit : REPLY_LIMIT;
    if ((int64_t)len > limit - client->received) {
        client->too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    client->received += (int64_t)len;
    if (request->reply != NULL)
        buf_add(request->reply, bytes, len);
    for (size_t done = 0; request->has_reply_fd && done < len;) {
        ssize_t n = write(request->reply_fd, bytes + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            client->local_errno = errno;
            return CURL_WRITEFUNC_ERROR;
        }
        done += (size_t)n;
    }
    return len;
}

static size_t give_body(char *bytes, size_t size, size_t count, void *context)
{
    struct net_client *client = context;
    ssize_t n;
    do {
        n = read(client->request->body_fd, bytes, size * count);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        client->local_errno = errno;
        return CURL_READFUNC_ABORT;
    }
    return (size_t)n;
}

/* A kept connection that turns out to be closed makes libcurl begin again. */
static int rewind_body(void *context, curl_off_t offset, int origin)
{
    struct net_client *client = context;
    if (origin != SEEK_SET ||
        lseek(client->request->body_fd, client->body_start + (off_t)offset, SEEK_SET) < 0)
        return CURL_SEEKFUNC_FAIL;
    return CURL_SEEKFUNC_OK;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct net_client *client = context;
    if (client->public_only && !net_address_is_public(&address->addr)) {
        client->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

#define SET(option, value)                                                                         \
    do {                                                                                           \
        if (curl_easy_setopt(client->curl, option, value) != CURLE_OK)                             \
            fail("libcurl does not know " #option);                                                \
    } while (0)

static void set_constants(struct net_client *client, const struct net_options *options)
{
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_ERRORBUFFER, client->curl_error);
    SET(CURLOPT_USERAGENT, options->user_agent != NULL ? options->user_agent : "terrace");
    if (options->ca_file != NULL && options->ca_file[0] != '\0')
        SET(CURLOPT_CAINFO, options->ca_file);
    if (options->public_only)
        SET(CURLOPT_PROXY, "");
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, client);
    SET(CURLOPT_WRITEFUNCTION, take_answer);
    SET(CURLOPT_WRITEDATA, client);
    SET(CURLOPT_READFUNCTION, give_body);
    SET(CURLOPT_READDATA, client);
    SET(CURLOPT_SEEKFUNCTION, rewind_body);
    SET(CURLOPT_SEEKDATA, client);
    SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
}

struct net_client *net_client_new(const struct net_options *options)
{
    static bool ready;
    if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        fail("libcurl does not start");
    ready = true;
    struct net_client *client = calloc(1, sizeof(*client));
    if (client == NULL)
        fail("out of memory");
    client->public_only = options->public_only;
    client->curl = curl_easy_init();
    client->multi = curl_multi_init();
    if (client->curl == NULL || client->multi == NULL)
        fail("libcurl gives no handle");
    set_constants(client, options);
    return client;
}

void net_client_free(struct net_client *client)
{
    if (client == NULL)
        return;
    curl_easy_cleanup(client->curl);
    curl_multi_cleanup(client->multi);
    free(client);
}

static bool has_header(const struct net_request *request, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++)
        if (strncasecmp(request->headers[i], name, len) == 0 && request->headers[i][len] == ':')
            return true;
    return false;
}

static struct curl_slist *add_line(struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(list, line);
    if (longer == NULL)
        fail("out of memory");
    return longer;
}

/* libcurl would guess a type, and wait for a 100 that few servers send. */
static struct curl_slist *make_headers(const struct net_request *request)
{
    struct curl_slist *list = add_line(NULL, "Expect:");
    if (!has_header(request, "Content-Type"))
        list = add_line(list, "Content-Type:");
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++)
        list = add_line(list, request->headers[i]);
    return list;
}

/* The offset counts, so that a caller may send the rest of a file. */
static bool set_file_body(struct net_client *client)
{
    struct stat status;
    client->body_start = lseek(client->request->body_fd, 0, SEEK_CUR);
    if (client->body_start < 0 || fstat(client->request->body_fd, &status) != 0) {
        client->local_errno = errno;
        return false;
    }
    off_t left = status.st_size > client->body_start ? status.st_size - client->body_start : 0;
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)left);
    return true;
}

/* Order matters: each of libcurl's options for a kind of request resets the kind. */
static bool set_method(struct net_client *client)
{
    const struct net_request *request = client->request;
    const char *method = request->method;
    SET(CURLOPT_CUSTOMREQUEST, NULL);
    SET(CURLOPT_UPLOAD, 0L);
    SET(CURLOPT_NOBODY, 0L);
    SET(CURLOPT_HTTPGET, 1L);
    if (method == NULL)
        method = request->body != NULL || request->has_body_fd ? "POST" : "GET";
    if (request->has_body_fd) {
        if (!set_file_body(client))
            return false;
    } else if (request->body != NULL || strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
               strcmp(method, "PATCH") == 0) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDS, request->body != NULL ? request->body : "");
        SET(CURLOPT_POSTFIELDSIZE_LARGE,
            (curl_off_t)(request->body != NULL ? request->body_len : 0));
    } else if (strcmp(method, "HEAD") == 0) {
        SET(CURLOPT_NOBODY, 1L);
        return true;
    }
    SET(CURLOPT_CUSTOMREQUEST, method);
    return true;
}

static void set_limits(struct net_client *client)
{
    const struct net_request *request = client->request;
    SET(CURLOPT_CONNECTTIMEOUT_MS,
        request->connect_timeout_ms > 0 ? request->connect_timeout_ms : CONNECT_TIMEOUT_MS);
    SET(CURLOPT_TIMEOUT_MS, request->total_timeout_ms);
    SET(CURLOPT_LOW_SPEED_TIME,
        request->stall_timeout_s > 0 ? request->stall_timeout_s : STALL_TIMEOUT_S);
    SET(CURLOPT_FOLLOWLOCATION, request->redirects > 0 ? 1L : 0L);
    SET(CURLOPT_MAXREDIRS, (long)request->redirects);
}

static enum net_result say(struct net_client *client, enum net_result result, const char *text)
{
    snprintf(client->error, sizeof(client->error), "%s", text);
    return result;
}

static enum net_result say_curl(struct net_client *client, enum net_result result, CURLcode code)
{
    const char *text =
        client->curl_error[0] != '\0' ? client->curl_error : curl_easy_strerror(code);
    snprintf(client->error, sizeof(client->error), "%s", text);
    if (client->error[0] >= 'A' && client->error[0] <= 'Z' &&
        (client->error[1] < 'A' || client->error[1] > 'Z'))
        client->error[0] = (char)(client->error[0] - 'A' + 'a');
    return result;
}

/* libcurl has one code for a URL of another kind and for an answer that is no HTTP. */
static enum net_result say_protocol(struct net_client *client, CURLcode code, long status)
{
    const char *url = client->request->url;
    bool redirected = status >= 300 && status < 400;
    if (!redirected &&
        (strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0))
        return say_curl(client, NET_FAILED, code);
    return say(client, NET_BAD_URL, "the URL is neither http nor https");
}

static enum net_result explain(struct net_client *client, CURLcode code, long status)
{
    char text[128];
    if (client->aborted)
        return say(client, NET_ABORTED, "given up");
    if (client->local_errno != 0)
        return say(client, NET_LOCAL, strerror(client->local_errno));
    if (client->too_large) {
        int64_t limit =
            client->request->reply_limit > 0 ? client->request->reply_limit : REPLY_LIMIT;
        snprintf(text, sizeof(text), "the answer is larger than %lld bytes", (long long)limit);
        return say(client, NET_TOO_LARGE, text);
    }
    switch (code) {
    case CURLE_OK:
        client->error[0] = '\0';
        return NET_OK;
    case CURLE_URL_MALFORMAT:
        return say(client, NET_BAD_URL, "this is no URL");
    case CURLE_UNSUPPORTED_PROTOCOL:
        return say_protocol(client, code, status);
    case CURLE_OPERATION_TIMEDOUT:
        return say_curl(client, NET_TIMEOUT, code);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CIPHER:
        return say_curl(client, NET_TLS, code);
    default:
        break;
    }
    if (client->refused)
        return say(client, NET_REFUSED, "the address is one of this host or of a private network");
    return say_curl(client, NET_FAILED, code);
}

static bool may_go_on(struct net_client *client)
{
    const struct net_request *request = client->request;
    client->aborted = request->progress != NULL && !request->progress(request->progress_object);
    return !client->aborted;
}

/* curl_easy_perform() would call its progress function once a second, and that is too seldom to
 * watch something else by. */
static CURLcode perform(struct net_client *client)
{
    int running = 1, left;
    if (curl_multi_add_handle(client->multi, client->curl) != CURLM_OK)
        fail("libcurl does not take its handle");
    CURLMcode code = CURLM_OK;
    while (code == CURLM_OK && may_go_on(client)) {
        code = curl_multi_perform(client->multi, &running);
        if (running == 0)
            break;
        if (code == CURLM_OK)
            code = curl_multi_poll(client->multi, NULL, 0, PROGRESS_MS, NULL);
    }
    CURLcode result = CURLE_OUT_OF_MEMORY;
    CURLMsg *message;
    while ((message = curl_multi_info_read(client->multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE)
            result = message->data.result;
    curl_multi_remove_handle(client->multi, client->curl);
    return result;
}

enum net_result net_client_send(struct net_client *client, const struct net_request *request)
{
    client->request = request;
    client->status = 0;
    client->received = 0;
    client->local_errno = 0;
    client->refused = client->too_large = client->aborted = false;
    client->curl_error[0] = '\0';
    CURLcode code = CURLE_OK;
    long status = 0;
    struct curl_slist *headers = NULL;
    if (set_method(client)) {
        headers = make_headers(request);
        SET(CURLOPT_HTTPHEADER, headers);
        SET(CURLOPT_URL, request->url);
        set_limits(client);
        code = perform(client);
        /* The list and the body are the caller's again. */
        SET(CURLOPT_HTTPHEADER, NULL);
        SET(CURLOPT_POSTFIELDS, NULL);
        curl_slist_free_all(headers);
        curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    }
    enum net_result result = explain(client, code, status);
    client->status = result == NET_OK || result == NET_TOO_LARGE ? (int)status : 0;
    client->request = NULL;
    return result;
}

int net_client_status(const struct net_client *client)
{
    return client->status;
}

const char *net_client_error(const struct net_client *client)
{
    return client->error;
}

const char *net_client_header(const struct net_client *client, const char *name)
{
    struct curl_header *header;
    if (curl_easy_header(client->curl, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return NULL;
    return header->value;
}

bool net_client_next_header(const struct net_client *client, void **cursor, const char **name,
                            const char **value)
{
    struct curl_header *header = curl_easy_nextheader(client->curl, CURLH_HEADER, -1, *cursor);
    *cursor = header;
    if (header == NULL)
        return false;
    *name = header->name;
    *value = header->value;
    return true;
}
