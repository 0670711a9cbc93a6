// SPDX-License-Identifier: GPL-2.0-or-later
/* Look-ups in the tables of the netlink family. */
#include "spec.h"

#include "path.h"

#include <string.h>

const struct ovpp_spec_op *ovpp_spec_op(const char *name)
{
	for (size_t i = 0; i < ovpp_spec_n_ops; i++)
		if (!strcmp(ovpp_spec_ops[i].name, name))
			return &ovpp_spec_ops[i];
	return NULL;
}

const struct ovpp_spec_op *ovpp_spec_op_by_cmd(uint8_t cmd)
{
	for (size_t i = 0; i < ovpp_spec_n_ops; i++)
		if (ovpp_spec_ops[i].cmd == cmd)
			return &ovpp_spec_ops[i];
	return NULL;
}

const struct ovpp_spec_enum *ovpp_spec_enum(const char *name)
{
	for (size_t i = 0; i < ovpp_spec_n_enums; i++)
		if (!strcmp(ovpp_spec_enums[i].name, name))
			return &ovpp_spec_enums[i];
	return NULL;
}

const struct ovpp_spec_attr *ovpp_spec_attr(const struct ovpp_spec_set *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++)
		if (!strcmp(set->attr[i].name, name))
			return &set->attr[i];
	return NULL;
}

const struct ovpp_spec_attr *ovpp_spec_attr_by_id(const struct ovpp_spec_set *set, uint16_t id)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->attr[i].id == id)
			return &set->attr[i];
	return NULL;
}

int ovpp_spec_value(const struct ovpp_spec_enum *e, const char *name)
{
	for (size_t i = 0; name && i < e->n; i++)
		if (!strcmp(e->entry[i], name))
			return (int)i;
	return -1;
}

void ovpp_spec_names(const struct ovpp_spec_enum *e, char *text, size_t size)
{
	for (size_t i = 0; i < e->n; i++)
		ovpp_text_append(text, size, "%s%s", i ? ", " : "", e->entry[i]);
}

const char *ovpp_enum_name(const char *enum_name, unsigned int value)
{
	const struct ovpp_spec_enum *e = ovpp_spec_enum(enum_name);

	return e && value < e->n ? e->entry[value] : NULL;
}
