// SPDX-License-Identifier: GPL-2.0-only
/* Sample records: what is known of a DER at one moment, for the ring. */

#include <linux/ktime.h>
#include <linux/math64.h>

#include "der.h"
#include "hook_call.h"
#include "ring.h"
#include "site.h"

/* Points of a sample in the order of their quality bits. */
static const u8 ovpp_sample_points[] = {
	OVPP_POINT_P,	     OVPP_POINT_Q,	  OVPP_POINT_E_IMPORT,
	OVPP_POINT_E_EXPORT, OVPP_POINT_V,	  OVPP_POINT_I,
	OVPP_POINT_F,	     OVPP_POINT_TEMP,	  OVPP_POINT_SOC,
	OVPP_POINT_SOH,	     OVPP_POINT_STATE,	  OVPP_POINT_ALARM,
	OVPP_POINT_WARNING,
};

/**
 * struct ovpp_sampler - a sample in the making
 * @values: by index in ovpp_sample_points
 * @quality: two bits each
 * @age_ms: of the oldest one known
 */
struct ovpp_sampler {
	s64 values[ARRAY_SIZE(ovpp_sample_points)];
	u32 quality;
	u32 age_ms;
};

static void ovpp_sampler_take(struct ovpp_sampler *s, unsigned int i,
			      const struct ovpp_value *v, u64 now)
{
	u8 quality = ovpp_value_quality(v, now);
	u64 age = now > v->time_ns ? now - v->time_ns : 0;

	s->quality |= (u32)quality << (2 * i);
	if (quality != OVPP_QUALITY_GOOD && quality != OVPP_QUALITY_STALE)
		return;
	s->values[i] = v->value;
	age = div_u64(age, NSEC_PER_MSEC);
	s->age_ms = max_t(u32, s->age_ms, min_t(u64, age, U32_MAX));
}

/* Energy that the device does not count is what the engine integrated. */
static void ovpp_sampler_energy(struct ovpp_sampler *s,
				const struct ovpp_der_ctl *ctl,
				struct ovpp_sample *out)
{
	u32 both = OVPP_POINT_BIT(OVPP_POINT_E_IMPORT) |
		   OVPP_POINT_BIT(OVPP_POINT_E_EXPORT);

	if (ctl->profile->measured & both || !ctl->e_ns)
		return;
	s->values[2] = ctl->e_import_mwh;
	s->values[3] = ctl->e_export_mwh;
	s->quality |= OVPP_QUALITY_GOOD << (2 * 2) |
		      OVPP_QUALITY_GOOD << (2 * 3);
	out->flags |= OVPP_SAMPLE_E_INTEGRATED;
}

static s32 ovpp_s32(s64 v)
{
	return clamp_t(s64, v, S32_MIN, S32_MAX);
}

static u32 ovpp_u32(s64 v)
{
	return clamp_t(s64, v, 0, U32_MAX);
}

static void ovpp_sampler_fill(const struct ovpp_sampler *s,
			      struct ovpp_sample *out)
{
	const s64 *v = s->values;

	out->p_mw = v[0];
	out->q_mvar = v[1];
	out->e_import_mwh = v[2];
	out->e_export_mwh = v[3];
	out->v_mv = ovpp_s32(v[4]);
	out->i_ma = ovpp_s32(v[5]);
	out->f_mhz = ovpp_s32(v[6]);
	out->temp_mc = ovpp_s32(v[7]);
	out->soc_ppm = ovpp_u32(v[8]);
	out->soh_ppm = ovpp_u32(v[9]);
	out->state = ovpp_u32(v[10]);
	out->alarm = v[11];
	out->warning = v[12];
	out->age_ms = s->age_ms;
	out->quality = s->quality;
}

void ovpp_der_record(struct ovpp_der *der, u64 now)
{
	struct ovpp_record rec = {
		.mono_ns = now,
		.real_ns = ktime_to_ns(ktime_mono_to_real(now)),
		.type = OVPP_RECORD_SAMPLE,
		.site = der->site->id,
		.der = der->ctl.id,
	};
	struct ovpp_sampler s = {};
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&der->lock, flags);
	for (i = 0; i < ARRAY_SIZE(ovpp_sample_points); i++)
		ovpp_sampler_take(&s, i,
				  &der->image.point[ovpp_sample_points[i]],
				  now);
	raw_spin_unlock_irqrestore(&der->lock, flags);

	ovpp_sampler_energy(&s, &der->ctl, &rec.sample);
	ovpp_sampler_fill(&s, &rec.sample);
	rec.sample.supervision = der->ctl.supervision;
	if (ovpp_der_controllable(&der->ctl)) {
		rec.sample.p_set_mw = der->ctl.p_cmd_mw;
		rec.sample.flags |= OVPP_SAMPLE_CONTROLLED;
	}
	if (der->ctl.pcc)
		rec.sample.flags |= OVPP_SAMPLE_PCC;
	if (der->ctl.clamped)
		rec.sample.flags |= OVPP_SAMPLE_CLAMPED;
	if (ovpp_hook_at(OVPP_HOOK_SAMPLE) &&
	    !ovpp_hook_sample(der->site, &rec))
		return;
	ovpp_ring_write(der->site->ring, &rec);
}
