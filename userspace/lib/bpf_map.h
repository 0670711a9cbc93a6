/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps of BPF programs as settings that people read and write:
 *
 *   config.limit=5         member of an array's only entry, a struct
 *   weights.bat0=5         entry of an array or hash, by its key
 *   windows.bat0.from=7:30 member of such an entry, a struct
 *
 * Members of structs within structs, and places in arrays, follow with a dot each.
 */
#ifndef OVPP_BPF_MAP_H
#define OVPP_BPF_MAP_H

#include "bpf_value.h"

struct bpf_map;
struct bpf_object;

/**
 * struct ovpp_bpf_map - a map
 * @name: its name
 * @type: enum bpf_map_type
 * @key_size: bytes of a key
 * @value_size: bytes of a value
 * @max_entries: entries that it has room for
 * @btf: describes key and value; NULL if nothing does
 * @key: type id of the key, 0 if it is not known
 * @value: type id of the value
 * @fd: file descriptor, -1 while it has none
 */
struct ovpp_bpf_map {
	char name[128];
	uint32_t type;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	const struct btf *btf;
	uint32_t key;
	uint32_t value;
	int fd;
};

/**
 * struct ovpp_bpf_setting - what a text "map.key.member=value" says
 * @map: index of its map
 * @key: key of the entry
 * @offset: of the value in the entry
 * @size: its size
 * @value: value
 */
struct ovpp_bpf_setting {
	size_t map;
	uint8_t key[8];
	uint32_t offset;
	uint32_t size;
	uint8_t value[8];
};

/* Describes a map of an object that is open, loaded or not. */
void ovpp_bpf_map_init(struct ovpp_bpf_map *map, const struct bpf_object *object,
		       const struct bpf_map *from);

/* Array with one entry of a struct: it has no keys for people. */
bool ovpp_bpf_map_single(const struct ovpp_bpf_map *map);

/* Can its entries be read? Arrays and hashes of a key and values with a type can. */
bool ovpp_bpf_map_readable(const struct ovpp_bpf_map *map);

/* Why a map is no setting; NULL if it is one. */
const char *ovpp_bpf_map_refusal(const struct ovpp_bpf_map *map);

/**
 * ovpp_bpf_setting_parse() - read "map.key.member=value"
 * @maps: maps
 * @n: their number
 * @names: DER of the site
 * @text: text
 * @setting: result
 * @err: room for a sentence that names what is wrong and what there is, set on
 *	error; "" for what @names has reported
 * @size: its size
 *
 * Return: 0 or -errno.
 */
int ovpp_bpf_setting_parse(const struct ovpp_bpf_map *maps, size_t n,
			   const struct ovpp_bpf_names *names, const char *text,
			   struct ovpp_bpf_setting *setting, char *err, size_t size);

/* A key as text, of @map->key_size bytes; DER by id without @names. */
void ovpp_bpf_key_text(const struct ovpp_bpf_map *map, const struct ovpp_bpf_names *names,
		       const void *key, char text[OVPP_BPF_TEXT]);

/* An entry for programs: structs become objects, arrays lists. NULL without memory. */
json_t *ovpp_bpf_entry_json(const struct ovpp_bpf_map *map, const void *value);

/**
 * ovpp_bpf_entry_each() - each scalar of an entry
 * @map: map
 * @value: entry
 * @fn: called with the path within the entry ("" for an entry that is a scalar),
 *	type and value
 * @arg: passed to @fn
 */
void ovpp_bpf_entry_each(const struct ovpp_bpf_map *map, const void *value,
			 void (*fn)(void *arg, const char *path,
				    const struct ovpp_bpf_scalar *scalar, const void *value),
			 void *arg);

/* Are the keys of two maps of one type, so that the one's entries can be the other's? */
bool ovpp_bpf_keys_alike(const struct ovpp_bpf_map *a, const struct ovpp_bpf_map *b);

/**
 * ovpp_bpf_entry_carry() - copy an entry's values into an entry of another map
 * @from: map
 * @entry: an entry of it
 * @to: the other map
 * @into: an entry of it; what @from has no value for is left alone
 * @lost: room for the path of the first value but 0 for which @to has no place of the
 *	same path and type, set on error
 * @size: its size
 *
 * Return: 0 or -ENOENT.
 */
int ovpp_bpf_entry_carry(const struct ovpp_bpf_map *from, const void *entry,
			 const struct ovpp_bpf_map *to, void *into, char *lost, size_t size);

#endif /* OVPP_BPF_MAP_H */
