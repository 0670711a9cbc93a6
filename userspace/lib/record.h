/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records as JSON objects. */
#ifndef OVPP_RECORD_H
#define OVPP_RECORD_H

#include <jansson.h>
#include <linux/openvpp.h>

/* Values of struct ovpp_sample with a quality, in the order of its bits. */
enum ovpp_sample_value {
	OVPP_SAMPLE_P,
	OVPP_SAMPLE_Q,
	OVPP_SAMPLE_E_IMPORT,
	OVPP_SAMPLE_E_EXPORT,
	OVPP_SAMPLE_V,
	OVPP_SAMPLE_I,
	OVPP_SAMPLE_F,
	OVPP_SAMPLE_TEMP,
	OVPP_SAMPLE_SOC,
	OVPP_SAMPLE_SOH,
	OVPP_SAMPLE_STATE,
	OVPP_SAMPLE_ALARM,
	OVPP_SAMPLE_WARNING,
};

/* Quality of one value of a sample. */
static inline enum ovpp_quality ovpp_sample_quality(const struct ovpp_sample *s,
						    enum ovpp_sample_value v)
{
	return (enum ovpp_quality)((s->quality >> (2 * v)) & 3);
}

/*
 * A new object with stable keys. A value that is not known is null, never 0.
 * NULL when memory runs out.
 *
 *   all       seq mono_ns real_ns site der type
 *   sample    p_mw q_mvar e_import_mwh e_export_mwh v_mv i_ma f_mhz temp_mc
 *             soc_ppm soh_ppm state alarm warning, and "quality": an object with
 *             the quality of each of them under the same key; p_set_mw age_ms
 *             supervision e_integrated pcc clamped
 *   site      state cause lease_left_ms pcc_mw pcc_quality f_mhz target_mw
 *             demand_mw load_mw ticks missed wake_max_ns tick_max_ns
 *   event     code bus arg
 *   dispatch  id state start_ns end_ns e_asked_mwh e_delivered_mwh
 *             error_mean_mw unknown_ms
 */
json_t *ovpp_record_json(const struct ovpp_record *rec);

#endif /* OVPP_RECORD_H */
