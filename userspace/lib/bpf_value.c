// SPDX-License-Identifier: GPL-2.0-or-later
#include "bpf_value.h"
#include "path.h"

#include <bpf/btf.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MINUTES_OF_DAY 1440

/* A value of any kind, as both the CPU and BTF count it. */
union wide {
	int64_t s;
	uint64_t u;
};

/* A typedef that says what the number names. */
static void take_typedef(const struct btf *btf, const struct btf_type *t,
			 struct ovpp_bpf_scalar *scalar)
{
	const char *name = btf__name_by_offset(btf, t->name_off);

	if (!strcmp(name, "ovpp_der_id"))
		scalar->kind = OVPP_BPF_DER;
	else if (!strcmp(name, "ovpp_minutes"))
		scalar->kind = OVPP_BPF_MINUTES;
}

int ovpp_bpf_scalar(const struct btf *btf, uint32_t type, struct ovpp_bpf_scalar *scalar)
{
	const struct btf_type *t = btf__type_by_id(btf, type);

	*scalar = (struct ovpp_bpf_scalar){.kind = OVPP_BPF_INT, .btf = btf};
	for (; t && (btf_is_mod(t) || btf_is_typedef(t)); t = btf__type_by_id(btf, t->type)) {
		if (btf_is_typedef(t))
			take_typedef(btf, t, scalar);
	}
	if (!t || (!btf_is_int(t) && !btf_is_any_enum(t)))
		return -EINVAL;
	if (t->size != 1 && t->size != 2 && t->size != 4 && t->size != 8)
		return -EINVAL;
	scalar->type = t;
	scalar->size = t->size;
	if (btf_is_any_enum(t)) {
		scalar->kind = OVPP_BPF_ENUM;
		scalar->is_signed = btf_kflag(t);
	} else {
		scalar->is_signed = btf_int_encoding(t) & BTF_INT_SIGNED;
		if (btf_int_encoding(t) & BTF_INT_BOOL)
			scalar->kind = OVPP_BPF_BOOL;
	}
	return 0;
}

static void store(const struct ovpp_bpf_scalar *scalar, union wide v, void *value)
{
	switch (scalar->size) {
	case 1:
		memcpy(value, &(uint8_t){(uint8_t)v.u}, 1);
		break;
	case 2:
		memcpy(value, &(uint16_t){(uint16_t)v.u}, 2);
		break;
	case 4:
		memcpy(value, &(uint32_t){(uint32_t)v.u}, 4);
		break;
	default:
		memcpy(value, &v.u, 8);
	}
}

static union wide load(const struct ovpp_bpf_scalar *scalar, const void *value)
{
	unsigned int unused = 64 - 8 * scalar->size;
	union wide v = {.u = 0};
	uint32_t u32;
	uint16_t u16;

	switch (scalar->size) {
	case 1:
		v.u = *(const uint8_t *)value;
		break;
	case 2:
		memcpy(&u16, value, sizeof(u16));
		v.u = u16;
		break;
	case 4:
		memcpy(&u32, value, sizeof(u32));
		v.u = u32;
		break;
	default:
		memcpy(&v.u, value, sizeof(v.u));
	}
	if (scalar->is_signed)
		v.s = (int64_t)(v.u << unused) >> unused;
	return v;
}

static int out_of_range(const struct ovpp_bpf_scalar *scalar, const char *text, char *err,
			size_t size)
{
	unsigned int unused = 64 - 8 * scalar->size;

	if (scalar->is_signed)
		snprintf(err, size, "'%s' is out of range: %lld to %lld", text,
			 (long long)(INT64_MIN >> unused), (long long)(INT64_MAX >> unused));
	else
		snprintf(err, size, "'%s' is out of range: 0 to %llu", text,
			 (unsigned long long)(UINT64_MAX >> unused));
	return -ERANGE;
}

/* Decimal or 0x; -EINVAL if it is no number at all. */
static int parse_number(const char *text, bool *negative, uint64_t *magnitude)
{
	const char *digits = text + (*text == '-' || *text == '+');
	int base = digits[0] == '0' && (digits[1] | ' ') == 'x' ? 16 : 10;
	char *end;

	if (!isxdigit((unsigned char)digits[base == 16 ? 2 : 0]))
		return -EINVAL;
	errno = 0;
	*magnitude = strtoull(digits, &end, base);
	*negative = *text == '-' && *magnitude;
	if (*end)
		return -EINVAL;
	return -errno;
}

static int parse_int(const struct ovpp_bpf_scalar *scalar, const char *text, void *value, char *err,
		     size_t size)
{
	unsigned int unused = 64 - 8 * scalar->size;
	uint64_t magnitude, most;
	bool negative;
	int ret = parse_number(text, &negative, &magnitude);

	if (ret == -EINVAL) {
		snprintf(err, size, "'%s' is no whole number", text);
		return ret;
	}
	most = scalar->is_signed ? (uint64_t)(INT64_MAX >> unused) + negative
				 : UINT64_MAX >> unused;
	if (ret || magnitude > most || (negative && !scalar->is_signed))
		return out_of_range(scalar, text, err, size);
	store(scalar, (union wide){.u = negative ? -magnitude : magnitude}, value);
	return 0;
}

static int parse_bool(const struct ovpp_bpf_scalar *scalar, const char *text, void *value,
		      char *err, size_t size)
{
	static const char *const words[] = {"0", "1", "no", "yes", "off", "on", "false", "true"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]))
			continue;
		store(scalar, (union wide){.u = i % 2}, value);
		return 0;
	}
	snprintf(err, size, "'%s' is neither yes nor no", text);
	return -EINVAL;
}

static const char *entry_name(const struct ovpp_bpf_scalar *scalar, uint32_t i)
{
	const struct btf_type *t = scalar->type;
	uint32_t name = btf_is_enum(t) ? btf_enum(t)[i].name_off : btf_enum64(t)[i].name_off;

	return btf__name_by_offset(scalar->btf, name);
}

static union wide entry_value(const struct ovpp_bpf_scalar *scalar, uint32_t i)
{
	const struct btf_type *t = scalar->type;

	if (!btf_is_enum(t))
		return (union wide){.u = btf_enum64_value(&btf_enum64(t)[i])};
	if (scalar->is_signed)
		return (union wide){.s = btf_enum(t)[i].val};
	return (union wide){.u = (uint32_t)btf_enum(t)[i].val};
}

/* Length of what all names begin with, up to an underscore: "ACCEPT_MODE_". */
static size_t common_prefix(const struct ovpp_bpf_scalar *scalar)
{
	const char *first = entry_name(scalar, 0);
	size_t len = strlen(first);

	for (uint32_t i = 1; i < btf_vlen(scalar->type); i++) {
		const char *name = entry_name(scalar, i);
		size_t same = 0;

		while (same < len && name[same] == first[same])
			same++;
		len = same;
	}
	/* What is left of each name has to be something. */
	for (uint32_t i = 0; i < btf_vlen(scalar->type); i++) {
		if (len && !entry_name(scalar, i)[len])
			len--;
	}
	while (len && first[len - 1] != '_')
		len--;
	return len;
}

/* The names as people write them: in small letters, without what all begin with. */
static void short_name(const struct ovpp_bpf_scalar *scalar, uint32_t i, char *text, size_t size)
{
	size_t n = 0;

	for (const char *c = entry_name(scalar, i) + common_prefix(scalar); *c && n < size - 1; c++)
		text[n++] = (char)tolower((unsigned char)*c);
	text[n] = '\0';
}

static bool same_word(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b) &&
		    !(*a == '-' && *b == '_'))
			return false;
	}
	return *a == *b;
}

static int parse_enum(const struct ovpp_bpf_scalar *scalar, const char *text, void *value,
		      char *err, size_t size)
{
	char name[OVPP_BPF_TEXT];

	for (uint32_t i = 0; i < btf_vlen(scalar->type); i++) {
		short_name(scalar, i, name, sizeof(name));
		if (!same_word(text, name) && !same_word(text, entry_name(scalar, i)))
			continue;
		store(scalar, entry_value(scalar, i), value);
		return 0;
	}
	snprintf(err, size, "'%s' is unknown; known are", text);
	for (uint32_t i = 0; i < btf_vlen(scalar->type); i++) {
		short_name(scalar, i, name, sizeof(name));
		ovpp_text_append(err, size, "%s %s", i ? "," : "", name);
	}
	return -EINVAL;
}

/* A number is an id; whatever else, a name. */
static int parse_der(const struct ovpp_bpf_scalar *scalar, const struct ovpp_bpf_names *names,
		     const char *text, void *value, char *err, size_t size)
{
	uint32_t id;
	int ret;

	if (*text && !text[strspn(text, "0123456789")])
		return parse_int(scalar, text, value, err, size);
	ret = names ? names->id(names->arg, text, &id) : -ENOENT;
	if (ret == -ENOENT)
		snprintf(err, size, "there is no DER '%s' at this site", text);
	else if (ret)
		snprintf(err, size, "%s", "");
	else
		store(scalar, (union wide){.u = id}, value);
	return ret;
}

static int parse_minutes(const struct ovpp_bpf_scalar *scalar, const char *text, void *value,
			 char *err, size_t size)
{
	unsigned int hours = 0, minutes = 0;
	int end = -1;

	if (sscanf(text, "%2u:%2u%n", &hours, &minutes, &end) != 2 || end < 0) {
		end = -1;
		hours = 0;
		if (sscanf(text, "%4u%n", &minutes, &end) != 1)
			end = -1;
	} else if (minutes > 59) {
		end = -1;
	}
	if (!isdigit((unsigned char)*text) || end < 0 || text[end] ||
	    60 * hours + minutes >= MINUTES_OF_DAY) {
		snprintf(err, size,
			 "'%s' is no time of day: 00:00 to 23:59, or minutes after midnight, "
			 "0 to 1439",
			 text);
		return -EINVAL;
	}
	store(scalar, (union wide){.u = 60 * hours + minutes}, value);
	return 0;
}

int ovpp_bpf_parse(const struct ovpp_bpf_scalar *scalar, const struct ovpp_bpf_names *names,
		   const char *text, void *value, char *err, size_t size)
{
	switch (scalar->kind) {
	case OVPP_BPF_BOOL:
		return parse_bool(scalar, text, value, err, size);
	case OVPP_BPF_ENUM:
		return parse_enum(scalar, text, value, err, size);
	case OVPP_BPF_DER:
		return parse_der(scalar, names, text, value, err, size);
	case OVPP_BPF_MINUTES:
		return parse_minutes(scalar, text, value, err, size);
	default:
		return parse_int(scalar, text, value, err, size);
	}
}

static void format_number(const struct ovpp_bpf_scalar *scalar, union wide v, char *text)
{
	if (scalar->is_signed)
		snprintf(text, OVPP_BPF_TEXT, "%lld", (long long)v.s);
	else
		snprintf(text, OVPP_BPF_TEXT, "%llu", (unsigned long long)v.u);
}

/* Name of an enumeration's value; false if it has none. */
static bool format_enum(const struct ovpp_bpf_scalar *scalar, union wide v, char *text)
{
	for (uint32_t i = 0; i < btf_vlen(scalar->type); i++) {
		if (entry_value(scalar, i).u != v.u)
			continue;
		short_name(scalar, i, text, OVPP_BPF_TEXT);
		return true;
	}
	return false;
}

void ovpp_bpf_format(const struct ovpp_bpf_scalar *scalar, const struct ovpp_bpf_names *names,
		     const void *value, char text[OVPP_BPF_TEXT])
{
	union wide v = load(scalar, value);
	const char *name = NULL;

	format_number(scalar, v, text);
	if (scalar->kind == OVPP_BPF_BOOL)
		snprintf(text, OVPP_BPF_TEXT, "%s", v.u ? "yes" : "no");
	else if (scalar->kind == OVPP_BPF_ENUM)
		format_enum(scalar, v, text);
	else if (scalar->kind == OVPP_BPF_MINUTES && v.u < MINUTES_OF_DAY)
		snprintf(text, OVPP_BPF_TEXT, "%02u:%02u", (unsigned int)v.u / 60,
			 (unsigned int)v.u % 60);
	else if (scalar->kind == OVPP_BPF_DER && names && v.u)
		name = names->name(names->arg, (uint32_t)v.u);
	if (name)
		snprintf(text, OVPP_BPF_TEXT, "%s", name);
}

json_t *ovpp_bpf_json(const struct ovpp_bpf_scalar *scalar, const void *value)
{
	union wide v = load(scalar, value);
	char text[OVPP_BPF_TEXT];

	if (scalar->kind == OVPP_BPF_BOOL)
		return json_boolean(v.u);
	if (scalar->kind == OVPP_BPF_ENUM && format_enum(scalar, v, text))
		return json_string(text);
	if (scalar->is_signed || v.u <= INT64_MAX)
		return json_integer(v.s);
	format_number(scalar, v, text);
	return json_string(text);
}
