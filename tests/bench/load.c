/* A load generator: keeps CONNECTIONS open, sends the next request on each as soon as the answer is
 * whole, for SECONDS, and prints one line of JSON. It counts what each single connection got, so
 * that a starved one shows.
 *
 *     load [options] HOST PORT CONNECTIONS SECONDS REQUESTS
 *
 * A line of the file REQUESTS is METHOD, target, token, content type and file of the body,
 * separated by tabs; "-" is none. Sixteen '#' in a body become the time in microseconds, so that a
 * serial grows. -p: connection i always sends line i; otherwise lines are picked at random. -f KEY:
 * the answer's member KEY is a URL that is fetched next, and the two count as one. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SERIAL "################"
#define SERIAL_LEN 16
#define HEAD_MAX 16384
#define URL_MAX 2048
/* A connection that waits longer for an answer has failed. */
#define ANSWER_US (30 * 1000000LL)

struct request {
    char *bytes; /* the head, and the body unless it is kept in `body` */
    size_t len;
    const char *token;
    const char *body;
    size_t body_len;
    long serial_at; /* in the body; -1: none */
};

struct body {
    char *name;
    char *bytes;
    size_t len;
};

struct connection {
    int fd;
    const struct request *request;
    char *out; /* what is being sent; grows as needed */
    size_t out_len, out_cap, sent;
    char head[HEAD_MAX + 1];
    size_t head_len;
    bool head_done;
    long long body_left;
    int status;
    bool closing; /* the server closes after this answer */
    bool following;
    char *answer; /* the body, kept when a link in it is followed */
    size_t answer_len, answer_cap;
    int64_t began, first_began;
    long done;
    bool writing;
};

static struct request *requests;
static size_t request_count;
static struct body *bodies;
static size_t body_count;
static struct connection *connections;
static size_t connection_count;
static bool pinned;
static const char *follow;
static struct sockaddr_in address;
static int epoll_fd;
static int64_t measure_until;

static uint32_t *latencies;
static size_t latency_count, latency_cap;
static long answers, bad, errors;
static long long received;
static char first_bad[200];

static void die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void *need(void *memory)
{
    if (memory == NULL)
        die("memory");
    return memory;
}

static int64_t now_us(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static char *read_file(const char *name, size_t *len)
{
    FILE *file = fopen(name, "rb");
    char *bytes;

    if (file == NULL)
        die(name);
    fseek(file, 0, SEEK_END);
    *len = (size_t)ftell(file);
    rewind(file);
    bytes = need(calloc(1, *len + 1));
    if (fread(bytes, 1, *len, file) != *len)
        die(name);
    fclose(file);
    return bytes;
}

static const struct body *body_of(const char *name)
{
    for (size_t i = 0; i < body_count; i++)
        if (strcmp(bodies[i].name, name) == 0)
            return &bodies[i];
    bodies = need(realloc(bodies, (body_count + 1) * sizeof *bodies));
    bodies[body_count].name = need(strdup(name));
    bodies[body_count].bytes = read_file(name, &bodies[body_count].len);
    return &bodies[body_count++];
}

static char *make_head(const char *method, const char *target, const char *token, const char *type,
                       size_t body_len, size_t *len)
{
    char *text = NULL;
    int n = asprintf(&text, "%s %s HTTP/1.1\r\nHost: localhost\r\n", method, target);

    if (n >= 0 && strcmp(token, "-") != 0) {
        char *more = NULL;
        n = asprintf(&more, "%sAuthorization: Bearer %s\r\n", text, token);
        free(text);
        text = more;
    }
    if (n >= 0 && body_len > 0) {
        char *more = NULL;
        n = asprintf(&more, "%sContent-Type: %s\r\nContent-Length: %zu\r\n", text, type, body_len);
        free(text);
        text = more;
    }
    if (n >= 0) {
        char *more = NULL;
        n = asprintf(&more, "%s\r\n", text);
        free(text);
        text = more;
    }
    if (n < 0)
        die("memory");
    *len = (size_t)n;
    return text;
}

static void add_request(char *line)
{
    const char *field[5];
    struct request request = {.serial_at = -1};

    for (size_t i = 0; i < 5; i++) {
        field[i] = strsep(&line, "\t\n");
        if (field[i] == NULL) {
            fprintf(stderr, "load: a request needs five fields\n");
            exit(2);
        }
    }
    if (strcmp(field[4], "-") != 0) {
        const struct body *body = body_of(field[4]);
        const char *serial = memmem(body->bytes, body->len, SERIAL, SERIAL_LEN);
        request.body = body->bytes;
        request.body_len = body->len;
        request.serial_at = serial == NULL ? -1 : (long)(serial - body->bytes);
    }
    request.token = need(strdup(field[2]));
    request.bytes =
        make_head(field[0], field[1], field[2], field[3], request.body_len, &request.len);
    requests = need(realloc(requests, (request_count + 1) * sizeof *requests));
    requests[request_count++] = request;
}

static void read_requests(const char *name)
{
    FILE *file = fopen(name, "r");
    char *line = NULL;
    size_t cap = 0;

    if (file == NULL)
        die(name);
    while (getline(&line, &cap, file) > 0)
        add_request(line);
    free(line);
    fclose(file);
    if (request_count == 0)
        die(name);
}

static void note_bad(const char *what)
{
    if (first_bad[0] == '\0')
        snprintf(first_bad, sizeof first_bad, "%s", what);
}

/* --- Connections --- */

static void watch(struct connection *c, int operation, unsigned events)
{
    struct epoll_event event = {.events = events, .data.ptr = c};

    if (epoll_ctl(epoll_fd, operation, c->fd, &event) != 0)
        die("epoll_ctl");
}

static void open_connection(struct connection *c)
{
    int one = 1;

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0)
        die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
    c->writing = false;
}

static void put(struct connection *c, const char *bytes, size_t len)
{
    if (c->out_len + len > c->out_cap) {
        c->out_cap = (c->out_len + len) * 2;
        c->out = need(realloc(c->out, c->out_cap));
    }
    memcpy(c->out + c->out_len, bytes, len);
    c->out_len += len;
}

static void fail(struct connection *c, const char *why);

static void send_some(struct connection *c)
{
    while (c->sent < c->out_len) {
        ssize_t n =
            send(c->fd, c->out + c->sent, c->out_len - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            if (!c->writing)
                watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
            c->writing = true;
            return;
        }
        if (n < 0) {
            fail(c, "send failed");
            return;
        }
        c->sent += (size_t)n;
    }
    if (c->writing)
        watch(c, EPOLL_CTL_MOD, EPOLLIN);
    c->writing = false;
}

static void begin(struct connection *c)
{
    c->sent = 0;
    c->head_len = 0;
    c->head_done = false;
    c->answer_len = 0;
    c->began = now_us(CLOCK_MONOTONIC);
    send_some(c);
}

static void send_request(struct connection *c)
{
    size_t i =
        pinned ? (size_t)(c - connections) % request_count : (size_t)random() % request_count;

    c->request = &requests[i];
    c->following = false;
    c->out_len = 0;
    put(c, c->request->bytes, c->request->len);
    if (c->request->body_len > 0) {
        size_t start = c->out_len;
        put(c, c->request->body, c->request->body_len);
        if (c->request->serial_at >= 0) {
            char serial[SERIAL_LEN + 8];
            snprintf(serial, sizeof serial, "%016lld", (long long)now_us(CLOCK_REALTIME));
            memcpy(c->out + start + c->request->serial_at, serial, SERIAL_LEN);
        }
    }
    c->first_began = now_us(CLOCK_MONOTONIC);
    begin(c);
}

static void fail(struct connection *c, const char *why)
{
    errors++;
    note_bad(why);
    close(c->fd);
    open_connection(c);
    send_request(c);
}

/* The URL in the answer's member `follow`, as a target; false when there is none. */
static bool find_target(struct connection *c, char target[URL_MAX])
{
    char key[80];
    int key_len = snprintf(key, sizeof key, "\"%s\":\"", follow);
    char *at = memmem(c->answer, c->answer_len, key, (size_t)key_len);
    char *end;

    if (at == NULL)
        return false;
    at += key_len;
    end = memchr(at, '"', c->answer_len - (size_t)(at - c->answer));
    if (end == NULL)
        return false;
    *end = '\0';
    at = strstr(at, "://");
    at = at == NULL ? NULL : strchr(at + 3, '/');
    if (at == NULL || strlen(at) >= URL_MAX)
        return false;
    memcpy(target, at, strlen(at) + 1);
    return true;
}

static bool follow_link(struct connection *c)
{
    char target[URL_MAX];
    size_t len;
    char *head;

    if (!find_target(c, target))
        return false;
    head = make_head("GET", target, c->request->token, "-", 0, &len);
    c->out_len = 0;
    put(c, head, len);
    free(head);
    c->following = true;
    begin(c);
    return true;
}

static void add_latency(int64_t us)
{
    if (latency_count == latency_cap) {
        latency_cap = latency_cap == 0 ? 1 << 16 : latency_cap * 2;
        latencies = need(realloc(latencies, latency_cap * sizeof *latencies));
    }
    latencies[latency_count++] = (uint32_t)us;
}

/* An answer is whole. */
static void take_answer(struct connection *c)
{
    int64_t now = now_us(CLOCK_MONOTONIC);
    bool good = c->status >= 200 && c->status < 300;

    if (c->closing) {
        close(c->fd);
        open_connection(c);
    }
    if (good && follow != NULL && !c->following) {
        if (follow_link(c))
            return;
        note_bad("no link to follow");
        good = false;
    }
    if (now <= measure_until) {
        answers++;
        c->done++;
        add_latency(now - c->first_began);
        if (!good) {
            char line[100];
            bad++;
            snprintf(line, sizeof line, "%.*s", (int)strcspn(c->head, "\r\n"), c->head);
            note_bad(line);
        }
    }
    send_request(c);
}

/* A header's value, NULL when it is absent. */
static const char *header(const char *head, const char *name)
{
    size_t len = strlen(name);

    for (const char *line = strchr(head, '\n'); line != NULL; line = strchr(line, '\n')) {
        line++;
        if (strncasecmp(line, name, len) == 0 && line[len] == ':')
            return line + len + 1 + strspn(line + len + 1, " ");
    }
    return NULL;
}

static long long content_length(const char *head)
{
    const char *value = header(head, "Content-Length");

    return value == NULL ? -1 : strtoll(value, NULL, 10);
}

static bool is_closing(const char *head)
{
    const char *value = header(head, "Connection");

    return value != NULL && strncasecmp(value, "close", 5) == 0;
}

static void keep_answer(struct connection *c, const char *bytes, size_t len)
{
    if (follow == NULL || c->following)
        return;
    if (c->answer_len + len > c->answer_cap) {
        c->answer_cap = (c->answer_len + len) * 2;
        c->answer = need(realloc(c->answer, c->answer_cap));
    }
    memcpy(c->answer + c->answer_len, bytes, len);
    c->answer_len += len;
}

/* False when the connection was replaced. */
static bool take_head(struct connection *c)
{
    char *end;

    c->head[c->head_len] = '\0';
    end = strstr(c->head, "\r\n\r\n");
    if (end == NULL) {
        if (c->head_len == HEAD_MAX) {
            fail(c, "head too long");
            return false;
        }
        return true;
    }
    end[2] = '\0';
    c->status = (int)strtol(c->head + 9, NULL, 10);
    c->body_left = c->status == 204 || c->status == 304 ? 0 : content_length(c->head);
    if (c->body_left < 0) {
        fail(c, "answer without Content-Length");
        return false;
    }
    c->closing = is_closing(c->head);
    c->head_done = true;
    size_t rest = c->head_len - (size_t)(end + 4 - c->head);
    keep_answer(c, end + 4, rest);
    c->body_left -= (long long)rest;
    return true;
}

static void take_bytes(struct connection *c)
{
    static char piece[262144];
    char *to = c->head_done ? piece : c->head + c->head_len;
    size_t room = c->head_done ? sizeof piece : HEAD_MAX - c->head_len;
    ssize_t n = recv(c->fd, to, room, MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        fail(c, n == 0 ? "connection closed" : "recv failed");
        return;
    }
    received += n;
    if (c->head_done) {
        keep_answer(c, piece, (size_t)n);
        c->body_left -= n;
    } else {
        c->head_len += (size_t)n;
        if (!take_head(c))
            return;
    }
    if (c->head_done && c->body_left < 0)
        fail(c, "more bytes than Content-Length");
    else if (c->head_done && c->body_left == 0)
        take_answer(c);
}

static void give_up_late(void)
{
    int64_t now = now_us(CLOCK_MONOTONIC);

    for (size_t i = 0; i < connection_count; i++)
        if (now - connections[i].began > ANSWER_US)
            fail(&connections[i], "no answer in 30 s");
}

static void run(int64_t seconds_us)
{
    struct epoll_event events[256];
    int64_t next_look = now_us(CLOCK_MONOTONIC) + 1000000;

    measure_until = now_us(CLOCK_MONOTONIC) + seconds_us;
    for (size_t i = 0; i < connection_count; i++)
        send_request(&connections[i]);
    while (now_us(CLOCK_MONOTONIC) < measure_until) {
        int n = epoll_wait(epoll_fd, events, 256, 100);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (events[i].events & EPOLLOUT)
                send_some(c);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                take_bytes(c);
        }
        if (now_us(CLOCK_MONOTONIC) > next_look) {
            give_up_late();
            next_look += 1000000;
        }
    }
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static uint32_t percentile(double part)
{
    if (latency_count == 0)
        return 0;
    return latencies[(size_t)((double)(latency_count - 1) * part)];
}

static void report(double seconds)
{
    long least = -1, most = 0;

    qsort(latencies, latency_count, sizeof *latencies, compare);
    for (size_t i = 0; i < connection_count; i++) {
        long done = connections[i].done;
        if (least < 0 || done < least)
            least = done;
        if (done > most)
            most = done;
    }
    for (char *c = first_bad; *c != '\0'; c++)
        if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ')
            *c = '?';
    printf("{\"seconds\": %.3f, \"requests\": %ld, \"bad\": %ld, \"errors\": %ld, \"bytes\": %lld, "
           "\"p50_us\": %u, \"p99_us\": %u, \"max_us\": %u, \"least\": %ld, \"most\": %ld, "
           "\"first_bad\": \"%s\"}\n",
           seconds, answers, bad, errors, received, percentile(0.5), percentile(0.99),
           percentile(1), least, most, first_bad);
}

int main(int argc, char **argv)
{
    int option;
    double seconds;

    while ((option = getopt(argc, argv, "pf:")) != -1) {
        if (option == 'p')
            pinned = true;
        else if (option == 'f')
            follow = optarg;
        else
            return 2;
    }
    if (argc - optind != 5) {
        fprintf(stderr, "usage: load [-p] [-f KEY] HOST PORT CONNECTIONS SECONDS REQUESTS\n");
        return 2;
    }
    argv += optind;
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)strtol(argv[1], NULL, 10));
    if (inet_pton(AF_INET, argv[0], &address.sin_addr) != 1)
        die(argv[0]);
    connection_count = strtoul(argv[2], NULL, 10);
    seconds = strtod(argv[3], NULL);
    read_requests(argv[4]);
    srandom((unsigned)now_us(CLOCK_REALTIME));
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    connections = need(calloc(connection_count, sizeof *connections));
    for (size_t i = 0; i < connection_count; i++)
        open_connection(&connections[i]);
    run((int64_t)(seconds * 1e6));
    report(seconds);
    return 0;
}
