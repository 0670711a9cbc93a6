/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scalar values of BPF maps as text and JSON, by the type that BTF says they have. */
#ifndef OVPP_BPF_VALUE_H
#define OVPP_BPF_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf;
struct btf_type;

/* Room for any value as text. */
#define OVPP_BPF_TEXT 160

enum ovpp_bpf_kind {
	OVPP_BPF_INT,
	OVPP_BPF_BOOL,
	OVPP_BPF_ENUM,
	OVPP_BPF_DER,	  /* typedef ovpp_der_id: the name, or the id, of a DER */
	OVPP_BPF_MINUTES, /* typedef ovpp_minutes: HH:MM, or minutes after midnight */
};

/**
 * struct ovpp_bpf_scalar - a type
 * @kind: how people write it
 * @size: 1, 2, 4 or 8 bytes
 * @is_signed: it can be negative
 * @btf: where it is described
 * @type: the integer or enumeration
 */
struct ovpp_bpf_scalar {
	enum ovpp_bpf_kind kind;
	uint32_t size;
	bool is_signed;
	const struct btf *btf;
	const struct btf_type *type;
};

/**
 * struct ovpp_bpf_names - what the DER of a site are called
 * @id: id of a name. Returns 0, -ENOENT, or another -errno for what has been
 *	reported already.
 * @name: name of an id, NULL if it has none
 * @arg: passed to both
 */
struct ovpp_bpf_names {
	int (*id)(void *arg, const char *name, uint32_t *id);
	const char *(*name)(void *arg, uint32_t id);
	void *arg;
};

/* The scalar that a type id stands for; -EINVAL if it stands for none. */
int ovpp_bpf_scalar(const struct btf *btf, uint32_t type, struct ovpp_bpf_scalar *scalar);

/**
 * ovpp_bpf_parse() - text to value
 * @scalar: its type
 * @names: DER of the site
 * @text: as written
 * @value: result, @scalar->size bytes
 * @err: room for a sentence that says what is wrong and what would be right, set
 *	on error; "" for what @names has reported
 * @size: its size
 *
 * Return: 0 or -errno.
 */
int ovpp_bpf_parse(const struct ovpp_bpf_scalar *scalar, const struct ovpp_bpf_names *names,
		   const char *text, void *value, char *err, size_t size);

/* A value as ovpp_bpf_parse() takes it; DER by id without @names. */
void ovpp_bpf_format(const struct ovpp_bpf_scalar *scalar, const struct ovpp_bpf_names *names,
		     const void *value, char text[OVPP_BPF_TEXT]);

/*
 * A value for programs: numbers, true and false, enumerations by name. What JSON
 * integers cannot hold becomes a decimal string. NULL without memory.
 */
json_t *ovpp_bpf_json(const struct ovpp_bpf_scalar *scalar, const void *value);

#endif /* OVPP_BPF_VALUE_H */
