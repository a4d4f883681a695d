/* The small standard imports: base64, json, runtime, sockaddr, types, units. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "sentinel/imports.h"

/* --- base64 --- */

static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static bool encode(struct vm *vm, struct value text, const char *alphabet, place at,
                   struct value *out)
{
    if (text.kind != VALUE_STRING)
        return imports_fail_argument(vm, at, "base64.encode", "a string", text);
    char *bytes = vm_alloc(vm, (text.len + 2) / 3 * 4 + 1), *to = bytes;
    if (!bytes || !vm_step(vm, at, text.len / 8))
        return false;
    for (size_t i = 0; i < text.len; i += 3) {
        size_t left = text.len - i;
        unsigned long group = (unsigned long)(unsigned char)text.bytes[i] << 16;
        if (left > 1)
            group |= (unsigned long)(unsigned char)text.bytes[i + 1] << 8;
        if (left > 2)
            group |= (unsigned char)text.bytes[i + 2];
        *to++ = alphabet[group >> 18];
        *to++ = alphabet[group >> 12 & 63];
        *to++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
        *to++ = left > 2 ? alphabet[group & 63] : '=';
    }
    *out = value_string(bytes, (size_t)(to - bytes));
    return true;
}

static bool decode(struct vm *vm, struct value text, const char *alphabet, place at,
                   struct value *out)
{
    if (text.kind != VALUE_STRING)
        return imports_fail_argument(vm, at, "base64.decode", "a string", text);
    size_t len = text.len;
    char *bytes = vm_alloc(vm, len / 4 * 3 + 4), *to = bytes;
    if (!bytes || !vm_step(vm, at, len / 8))
        return false;
    size_t padding = 0;
    while (len > 0 && padding < 2 && text.bytes[len - 1] == '=') {
        len--;
        padding++;
    }
    unsigned long group = 0;
    for (size_t i = 0; i < len; i++) {
        const char *digit = text.bytes[i] ? strchr(alphabet, text.bytes[i]) : NULL;
        if (!digit)
            return vm_fail(vm, at, "base64.decode() got a text that is no base64");
        group = group << 6 | (unsigned long)(digit - alphabet);
        if (i % 4 == 1)
            *to++ = (char)(group >> 4);
        else if (i % 4 == 2)
            *to++ = (char)(group >> 2);
        else if (i % 4 == 3)
            *to++ = (char)group;
    }
    if (len % 4 == 1 || (len + padding) % 4 != 0)
        return vm_fail(vm, at, "base64.decode() got a text that is no base64");
    *out = value_string(bytes, (size_t)(to - bytes));
    return true;
}

static bool base64_encode(struct vm *vm, struct value self, const struct value *args, size_t count,
                          place at, struct value *out)
{
    (void)self, (void)count;
    return encode(vm, args[0], plain, at, out);
}

static bool base64_decode(struct vm *vm, struct value self, const struct value *args, size_t count,
                          place at, struct value *out)
{
    (void)self, (void)count;
    return decode(vm, args[0], plain, at, out);
}

static bool base64_urlencode(struct vm *vm, struct value self, const struct value *args,
                             size_t count, place at, struct value *out)
{
    (void)self, (void)count;
    return encode(vm, args[0], safe, at, out);
}

static bool base64_urldecode(struct vm *vm, struct value self, const struct value *args,
                             size_t count, place at, struct value *out)
{
    (void)self, (void)count;
    return decode(vm, args[0], safe, at, out);
}

static const struct builtin base64_functions[] = {
    {"encode", 1, 1, base64_encode, .contagious = true},
    {"decode", 1, 1, base64_decode, .contagious = true},
    {"urlencode", 1, 1, base64_urlencode, .contagious = true},
    {"urldecode", 1, 1, base64_urldecode, .contagious = true},
};

bool import_base64(struct vm *vm, place at, struct value *out)
{
    return IMPORTS_NAMESPACE(vm, "base64", base64_functions, value_undefined(at), out);
}

/* --- json --- */

static bool json_unmarshal(struct vm *vm, struct value self, const struct value *args, size_t count,
                           place at, struct value *out)
{
    const char *reason;

    (void)self, (void)count;
    if (args[0].kind != VALUE_STRING)
        return imports_fail_argument(vm, at, "json.unmarshal", "a string", args[0]);
    if (value_from_json(vm, args[0].bytes, args[0].len, out, &reason))
        return true;
    return vm_fail(vm, at, "json.unmarshal() got a text that has %s", reason ? reason : "");
}

static bool json_marshal(struct vm *vm, struct value self, const struct value *args, size_t count,
                         place at, struct value *out)
{
    struct buf text;

    (void)self, (void)count;
    buf_init(&text, vm->arena);
    if (!value_to_json(vm, &text, args[0], at))
        return false;
    *out = value_string(buf_str(&text), text.len);
    return true;
}

static bool json_valid(struct vm *vm, struct value self, const struct value *args, size_t count,
                       place at, struct value *out)
{
    struct value ignored;
    const char *reason;

    (void)self, (void)count;
    if (args[0].kind != VALUE_STRING)
        return imports_fail_argument(vm, at, "json.valid", "a string", args[0]);
    *out = value_bool(value_from_json(vm, args[0].bytes, args[0].len, &ignored, &reason));
    return !vm->error;
}

static const struct builtin json_functions[] = {
    {"unmarshal", 1, 1, json_unmarshal, .contagious = true},
    {"marshal", 1, 1, json_marshal, .contagious = true},
    {"valid", 1, 1, json_valid, .contagious = true},
};

bool import_json(struct vm *vm, place at, struct value *out)
{
    return IMPORTS_NAMESPACE(vm, "json", json_functions, value_undefined(at), out);
}

/* --- runtime --- */

/* The edition of the language that this server follows. */
#define LANGUAGE_VERSION "0.26.0"

bool import_runtime(struct vm *vm, place at, struct value *out)
{
    struct value members = value_map_new(vm);

    (void)at;
    return value_map_put(vm, members, "version", value_text(LANGUAGE_VERSION)) &&
           imports_namespace(vm, "runtime", NULL, 0, members, out);
}

/* --- sockaddr --- */

struct network {
    int family;
    unsigned char bytes[16];
    int bits;
};

static bool read_network(struct value text, struct network *out)
{
    char copy[80];

    if (text.len == 0 || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.bytes, text.len);
    copy[text.len] = '\0';
    char *slash = strchr(copy, '/');
    if (slash)
        *slash = '\0';
    out->family = strchr(copy, ':') ? AF_INET6 : AF_INET;
    int most = out->family == AF_INET ? 32 : 128;
    out->bits = most;
    if (inet_pton(out->family, copy, out->bytes) != 1)
        return false;
    if (slash) {
        char *end;
        long bits = strtol(slash + 1, &end, 10);
        if (end == slash + 1 || *end || slash[1] == '+' || slash[1] == '-' || bits < 0 ||
            bits > most)
            return false;
        out->bits = (int)bits;
    }
    return true;
}

static bool same_bits(const struct network *a, const struct network *b, int bits)
{
    int whole = bits / 8, rest = bits % 8;
    return memcmp(a->bytes, b->bytes, (size_t)whole) == 0 &&
           (rest == 0 || (a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest) == 0);
}

static bool two_networks(struct vm *vm, const char *what, const struct value *args, place at,
                         struct network *a, struct network *b)
{
    for (int i = 0; i < 2; i++)
        if (args[i].kind != VALUE_STRING || !read_network(args[i], i ? b : a))
            return vm_fail(vm, at, "%s() takes addresses or networks", what);
    return true;
}

static bool is_contained(struct vm *vm, struct value self, const struct value *args, size_t count,
                         place at, struct value *out)
{
    struct network outer, inner;

    (void)self, (void)count;
    if (!two_networks(vm, "sockaddr.is_contained", args, at, &outer, &inner))
        return false;
    *out = value_bool(outer.family == inner.family && outer.bits <= inner.bits &&
                      same_bits(&outer, &inner, outer.bits));
    return true;
}

static bool is_equal(struct vm *vm, struct value self, const struct value *args, size_t count,
                     place at, struct value *out)
{
    struct network a, b;

    (void)self, (void)count;
    if (!two_networks(vm, "sockaddr.is_equal", args, at, &a, &b))
        return false;
    *out = value_bool(a.family == b.family && a.bits == b.bits &&
                      same_bits(&a, &b, a.family == AF_INET ? 32 : 128));
    return true;
}

static bool is_ipv4(struct vm *vm, struct value self, const struct value *args, size_t count,
                    place at, struct value *out)
{
    struct network network;

    (void)vm, (void)self, (void)count, (void)at;
    *out = value_bool(args[0].kind == VALUE_STRING && read_network(args[0], &network) &&
                      network.family == AF_INET);
    return true;
}

static bool is_ipv6(struct vm *vm, struct value self, const struct value *args, size_t count,
                    place at, struct value *out)
{
    struct network network;

    (void)vm, (void)self, (void)count, (void)at;
    *out = value_bool(args[0].kind == VALUE_STRING && read_network(args[0], &network) &&
                      network.family == AF_INET6);
    return true;
}

static const struct builtin sockaddr_functions[] = {
    {"is_contained", 2, 2, is_contained, .contagious = true},
    {"is_equal", 2, 2, is_equal, .contagious = true},
    {"is_ipv4", 1, 1, is_ipv4, .contagious = true},
    {"is_ipv6", 1, 1, is_ipv6, .contagious = true},
};

bool import_sockaddr(struct vm *vm, place at, struct value *out)
{
    return IMPORTS_NAMESPACE(vm, "sockaddr", sockaddr_functions, value_undefined(at), out);
}

/* --- types --- */

static bool type_of(struct vm *vm, struct value self, const struct value *args, size_t count,
                    place at, struct value *out)
{
    (void)vm, (void)self, (void)count, (void)at;
    *out = value_text(value_kind_name(args[0].kind));
    return true;
}

static const struct builtin types_functions[] = {{"type_of", 1, 1, type_of}};

bool import_types(struct vm *vm, place at, struct value *out)
{
    return IMPORTS_NAMESPACE(vm, "types", types_functions, value_undefined(at), out);
}

/* --- units --- */

bool import_units(struct vm *vm, place at, struct value *out)
{
    static const char *const names[] = {"byte",     "kilobyte", "megabyte",
                                        "gigabyte", "terabyte", "petabyte"};
    struct value members = value_map_new(vm);

    (void)at;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!value_map_put(vm, members, names[i], value_int(INT64_C(1) << (10 * i))))
            return false;
    return imports_namespace(vm, "units", NULL, 0, members, out);
}
