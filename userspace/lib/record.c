// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include "spec.h"

#include <stdbool.h>

/* Takes over @v; NULL in @v is memory that ran out. */
static bool put(json_t *obj, const char *key, json_t *v)
{
	return !json_object_set_new(obj, key, v);
}

static bool put_int(json_t *obj, const char *key, bool known, int64_t v)
{
	return put(obj, key, known ? json_integer(v) : json_null());
}

/* A value's name; its number where this library knows no name for it. */
static bool put_name(json_t *obj, const char *key, bool known, const char *of, unsigned int v)
{
	const char *name = ovpp_enum_name(of, v);

	return put(obj, key, !known ? json_null() : name ? json_string(name) : json_integer(v));
}

static bool put_flag(json_t *obj, const char *key, unsigned int flags, unsigned int flag)
{
	return put(obj, key, json_boolean(flags & flag));
}

/* Names of the values of a sample, in the order of their quality bits. */
static const char *const value_key[] = {
	[OVPP_SAMPLE_P] = "p_mw",
	[OVPP_SAMPLE_Q] = "q_mvar",
	[OVPP_SAMPLE_E_IMPORT] = "e_import_mwh",
	[OVPP_SAMPLE_E_EXPORT] = "e_export_mwh",
	[OVPP_SAMPLE_V] = "v_mv",
	[OVPP_SAMPLE_I] = "i_ma",
	[OVPP_SAMPLE_F] = "f_mhz",
	[OVPP_SAMPLE_TEMP] = "temp_mc",
	[OVPP_SAMPLE_SOC] = "soc_ppm",
	[OVPP_SAMPLE_SOH] = "soh_ppm",
	[OVPP_SAMPLE_STATE] = "state",
	[OVPP_SAMPLE_ALARM] = "alarm",
	[OVPP_SAMPLE_WARNING] = "warning",
};

#define VALUES (sizeof(value_key) / sizeof(value_key[0]))

static bool is_known(enum ovpp_quality q)
{
	return q == OVPP_QUALITY_GOOD || q == OVPP_QUALITY_STALE;
}

static int64_t sample_value(const struct ovpp_sample *s, enum ovpp_sample_value v)
{
	switch (v) {
	case OVPP_SAMPLE_P:
		return s->p_mw;
	case OVPP_SAMPLE_Q:
		return s->q_mvar;
	case OVPP_SAMPLE_E_IMPORT:
		return (int64_t)s->e_import_mwh;
	case OVPP_SAMPLE_E_EXPORT:
		return (int64_t)s->e_export_mwh;
	case OVPP_SAMPLE_V:
		return s->v_mv;
	case OVPP_SAMPLE_I:
		return s->i_ma;
	case OVPP_SAMPLE_F:
		return s->f_mhz;
	case OVPP_SAMPLE_TEMP:
		return s->temp_mc;
	case OVPP_SAMPLE_SOC:
		return s->soc_ppm;
	case OVPP_SAMPLE_SOH:
		return s->soh_ppm;
	case OVPP_SAMPLE_STATE:
		return s->state;
	case OVPP_SAMPLE_ALARM:
		return s->alarm;
	case OVPP_SAMPLE_WARNING:
		return s->warning;
	}
	return 0;
}

/* The values, and beside them an object with the quality of each. */
static bool put_values(json_t *obj, const struct ovpp_sample *s, bool *any)
{
	json_t *quality = json_object();

	*any = false;
	for (unsigned int v = 0; v < VALUES; v++) {
		enum ovpp_quality q = ovpp_sample_quality(s, v);
		int64_t value = sample_value(s, v);
		bool known = is_known(q);

		*any |= known;
		if (!put_name(quality, value_key[v], true, "quality", q) ||
		    !(v == OVPP_SAMPLE_STATE
			      ? put_name(obj, value_key[v], known, "der-state", (unsigned int)value)
			      : put_int(obj, value_key[v], known, value))) {
			json_decref(quality);
			return false;
		}
	}
	return put(obj, "quality", quality);
}

static bool put_sample(json_t *obj, const struct ovpp_sample *s)
{
	bool any;

	return put_values(obj, s, &any) &&
	       put_int(obj, "p_set_mw", s->flags & OVPP_SAMPLE_CONTROLLED, s->p_set_mw) &&
	       put_int(obj, "age_ms", any, s->age_ms) &&
	       put_name(obj, "supervision", true, "supervision", s->supervision) &&
	       put_flag(obj, "e_integrated", s->flags, OVPP_SAMPLE_E_INTEGRATED) &&
	       put_flag(obj, "pcc", s->flags, OVPP_SAMPLE_PCC) &&
	       put_flag(obj, "clamped", s->flags, OVPP_SAMPLE_CLAMPED);
}

static bool put_site(json_t *obj, const struct ovpp_site_sample *s)
{
	return put_name(obj, "state", true, "site-state", s->state) &&
	       put_name(obj, "cause", true, "cause", s->cause) &&
	       put_int(obj, "lease_left_ms", s->lease_left_ms != UINT32_MAX, s->lease_left_ms) &&
	       put_int(obj, "pcc_mw", is_known(s->pcc_quality), s->pcc_mw) &&
	       put_name(obj, "pcc_quality", true, "quality", s->pcc_quality) &&
	       put_int(obj, "f_mhz", s->f_mhz, s->f_mhz) &&
	       put_int(obj, "target_mw", s->flags & OVPP_SITE_TARGET, s->target_mw) &&
	       put_int(obj, "demand_mw", true, s->demand_mw) &&
	       put_int(obj, "load_mw", true, s->load_mw) &&
	       put_int(obj, "ticks", true, (int64_t)s->ticks) &&
	       put_int(obj, "missed", true, (int64_t)s->missed) &&
	       put_int(obj, "wake_max_ns", true, s->wake_max_ns) &&
	       put_int(obj, "tick_max_ns", true, s->tick_max_ns);
}

static bool put_event(json_t *obj, const struct ovpp_event *e)
{
	return put_name(obj, "code", true, "event", e->code) && put_int(obj, "bus", true, e->bus) &&
	       put_int(obj, "arg", true, e->arg);
}

static bool put_dispatch(json_t *obj, const struct ovpp_dispatch_result *d)
{
	return put_int(obj, "id", true, d->id) &&
	       put_name(obj, "state", true, "dispatch-state", d->state) &&
	       put_int(obj, "start_ns", true, (int64_t)d->start_ns) &&
	       put_int(obj, "end_ns", true, (int64_t)d->end_ns) &&
	       put_int(obj, "e_asked_mwh", true, d->e_asked_mwh) &&
	       put_int(obj, "e_delivered_mwh", true, d->e_delivered_mwh) &&
	       put_int(obj, "error_mean_mw", true, (int64_t)d->error_mean_mw) &&
	       put_int(obj, "unknown_ms", true, (int64_t)d->unknown_ms);
}

static bool put_type(json_t *obj, const struct ovpp_record *rec)
{
	switch (rec->type) {
	case OVPP_RECORD_SAMPLE:
		return put(obj, "type", json_string("sample")) && put_sample(obj, &rec->sample);
	case OVPP_RECORD_SITE:
		return put(obj, "type", json_string("site")) && put_site(obj, &rec->site_sample);
	case OVPP_RECORD_EVENT:
		return put(obj, "type", json_string("event")) && put_event(obj, &rec->event);
	case OVPP_RECORD_DISPATCH:
		return put(obj, "type", json_string("dispatch")) &&
		       put_dispatch(obj, &rec->dispatch);
	default:
		return put_int(obj, "type", true, rec->type);
	}
}

json_t *ovpp_record_json(const struct ovpp_record *rec)
{
	json_t *obj = json_object();

	if (obj && put_int(obj, "seq", true, (int64_t)rec->seq) &&
	    put_int(obj, "mono_ns", true, (int64_t)rec->mono_ns) &&
	    put_int(obj, "real_ns", true, (int64_t)rec->real_ns) &&
	    put_int(obj, "site", true, rec->site) && put_int(obj, "der", true, rec->der) &&
	    put_type(obj, rec))
		return obj;
	json_decref(obj);
	return NULL;
}
