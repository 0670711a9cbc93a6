// SPDX-License-Identifier: GPL-2.0-or-later
#include "leaf.h"

#include <endian.h>
#include <string.h>

#define FIELD(member, is_signed)                                                             \
	{                                                                                    \
#member, offsetof(struct ovpp_record, member), FIELD_SIZE(member), is_signed \
	}
#define FIELD_SIZE(member) sizeof(((struct ovpp_record *)0)->member)
#define IN(body, member, is_signed)                                                          \
	{                                                                                    \
#member, offsetof(struct ovpp_record, body.member), FIELD_SIZE(body.member), \
			is_signed                                                            \
	}
#define UNNAMED(offset, size)             \
	{                                 \
		NULL, offset, size, false \
	}

#define HEAD                                                                                 \
	FIELD(seq, false), FIELD(mono_ns, false), FIELD(real_ns, false), FIELD(type, false), \
		UNNAMED(26, 2), FIELD(site, false), FIELD(der, false), UNNAMED(36, 4)

static const struct ovpp_leaf_field sample_fields[] = {
	HEAD,
	IN(sample, p_mw, true),
	IN(sample, q_mvar, true),
	IN(sample, e_import_mwh, false),
	IN(sample, e_export_mwh, false),
	IN(sample, p_set_mw, true),
	IN(sample, v_mv, true),
	IN(sample, i_ma, true),
	IN(sample, f_mhz, true),
	IN(sample, temp_mc, true),
	IN(sample, soc_ppm, false),
	IN(sample, soh_ppm, false),
	IN(sample, state, false),
	IN(sample, alarm, false),
	IN(sample, warning, false),
	IN(sample, age_ms, false),
	IN(sample, quality, false),
	IN(sample, supervision, false),
	IN(sample, flags, false),
};

static const struct ovpp_leaf_field site_fields[] = {
	HEAD,
	IN(site_sample, pcc_mw, true),
	IN(site_sample, target_mw, true),
	IN(site_sample, demand_mw, true),
	IN(site_sample, load_mw, true),
	IN(site_sample, ticks, false),
	IN(site_sample, missed, false),
	IN(site_sample, wake_max_ns, false),
	IN(site_sample, tick_max_ns, false),
	IN(site_sample, f_mhz, true),
	IN(site_sample, state, false),
	IN(site_sample, cause, false),
	IN(site_sample, pcc_quality, false),
	IN(site_sample, flags, false),
	IN(site_sample, lease_left_ms, false),
	UNNAMED(108, 4),
	UNNAMED(112, 8),
	UNNAMED(120, 8),
};

static const struct ovpp_leaf_field event_fields[] = {
	HEAD,
	IN(event, arg, true),
	IN(event, code, false),
	IN(event, bus, false),
	UNNAMED(56, 8),
	UNNAMED(64, 8),
	UNNAMED(72, 8),
	UNNAMED(80, 8),
	UNNAMED(88, 8),
	UNNAMED(96, 8),
	UNNAMED(104, 8),
	UNNAMED(112, 8),
	UNNAMED(120, 8),
};

static const struct ovpp_leaf_field dispatch_fields[] = {
	HEAD,
	IN(dispatch, e_asked_mwh, true),
	IN(dispatch, e_delivered_mwh, true),
	IN(dispatch, error_mean_mw, false),
	IN(dispatch, unknown_ms, false),
	IN(dispatch, start_ns, false),
	IN(dispatch, end_ns, false),
	IN(dispatch, id, false),
	IN(dispatch, state, false),
	UNNAMED(96, 8),
	UNNAMED(104, 8),
	UNNAMED(112, 8),
	UNNAMED(120, 8),
};

static const struct ovpp_leaf_field other_fields[] = {
	HEAD,		UNNAMED(40, 8),	 UNNAMED(48, 8),  UNNAMED(56, 8),
	UNNAMED(64, 8), UNNAMED(72, 8),	 UNNAMED(80, 8),  UNNAMED(88, 8),
	UNNAMED(96, 8), UNNAMED(104, 8), UNNAMED(112, 8), UNNAMED(120, 8),
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

_Static_assert(sizeof(struct ovpp_record) == OVPP_LEAF_SIZE, "a leaf is a record");
_Static_assert(LENGTH(sample_fields) == OVPP_LEAF_FIELDS_MAX, "samples have the most");

const struct ovpp_leaf_field *ovpp_leaf_fields(uint16_t type, size_t *n)
{
	switch (type) {
	case OVPP_RECORD_SAMPLE:
		*n = LENGTH(sample_fields);
		return sample_fields;
	case OVPP_RECORD_SITE:
		*n = LENGTH(site_fields);
		return site_fields;
	case OVPP_RECORD_EVENT:
		*n = LENGTH(event_fields);
		return event_fields;
	case OVPP_RECORD_DISPATCH:
		*n = LENGTH(dispatch_fields);
		return dispatch_fields;
	default:
		*n = LENGTH(other_fields);
		return other_fields;
	}
}

int64_t ovpp_leaf_get(const struct ovpp_record *rec, const struct ovpp_leaf_field *field)
{
	const char *at = (const char *)rec + field->offset;
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;

	switch (field->size) {
	case 8:
		memcpy(&v64, at, sizeof(v64));
		return (int64_t)v64;
	case 4:
		memcpy(&v32, at, sizeof(v32));
		return field->is_signed ? (int32_t)v32 : (int64_t)v32;
	case 2:
		memcpy(&v16, at, sizeof(v16));
		return field->is_signed ? (int16_t)v16 : (int64_t)v16;
	default:
		return field->is_signed ? *(const int8_t *)at : *(const uint8_t *)at;
	}
}

void ovpp_leaf_set(struct ovpp_record *rec, const struct ovpp_leaf_field *field, int64_t value)
{
	char *at = (char *)rec + field->offset;
	uint32_t v32 = (uint32_t)value;
	uint16_t v16 = (uint16_t)value;

	switch (field->size) {
	case 8:
		memcpy(at, &value, sizeof(value));
		break;
	case 4:
		memcpy(at, &v32, sizeof(v32));
		break;
	case 2:
		memcpy(at, &v16, sizeof(v16));
		break;
	default:
		*(uint8_t *)at = (uint8_t)value;
		break;
	}
}

/* Turns one field round; to and from big-endian are the same. */
static void turn(char *to, const char *from, const struct ovpp_leaf_field *field)
{
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;

	switch (field->size) {
	case 8:
		memcpy(&v64, from, sizeof(v64));
		v64 = htobe64(v64);
		memcpy(to, &v64, sizeof(v64));
		break;
	case 4:
		memcpy(&v32, from, sizeof(v32));
		v32 = htobe32(v32);
		memcpy(to, &v32, sizeof(v32));
		break;
	case 2:
		memcpy(&v16, from, sizeof(v16));
		v16 = htobe16(v16);
		memcpy(to, &v16, sizeof(v16));
		break;
	default:
		*to = *from;
		break;
	}
}

static void turn_all(void *to, const void *from, uint16_t type)
{
	const struct ovpp_leaf_field *f;
	size_t n;

	f = ovpp_leaf_fields(type, &n);
	for (size_t i = 0; i < n; i++)
		turn((char *)to + f[i].offset, (const char *)from + f[i].offset, &f[i]);
}

void ovpp_leaf_encode(const struct ovpp_record *rec, uint8_t leaf[OVPP_LEAF_SIZE])
{
	turn_all(leaf, rec, rec->type);
}

void ovpp_leaf_decode(const uint8_t leaf[OVPP_LEAF_SIZE], struct ovpp_record *rec)
{
	const size_t at = offsetof(struct ovpp_record, type);

	turn_all(rec, leaf, (uint16_t)(leaf[at] << 8 | leaf[at + 1]));
}
