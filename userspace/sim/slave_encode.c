// SPDX-License-Identifier: GPL-2.0-or-later
#include "slave_encode.h"

#include <math.h>

/* Powers of ten in a register. */
#define POWER_UNKNOWN INT16_MIN
#define POWER_MAX 10
/* So fine are values where they fit; registers of energy should not go round soon. */
#define POWER_FINE (-2)
#define POWER_FINE_ENERGY 0

#define FLOAT_NAN 0x7fc00000

static bool is_energy(const struct ovpp_signal *sig)
{
	return sig->point == OVPP_POINT_E_IMPORT || sig->point == OVPP_POINT_E_EXPORT;
}

static struct ovpp_signal power_signal(const struct ovpp_signal *sig)
{
	return (struct ovpp_signal){
		.start = sig->scale_start,
		.length = 16,
		.flags = OVPP_SIGNAL_BIG_ENDIAN,
	};
}

static int get_power(const struct ovpp_signal *sig, const uint8_t *data, size_t len)
{
	const struct ovpp_signal at = power_signal(sig);

	return (int16_t)ovpp_signal_raw(&at, data, len);
}

static void put_power(const struct ovpp_signal *sig, uint8_t *data, size_t len, int power)
{
	const struct ovpp_signal at = power_signal(sig);

	ovpp_signal_put(&at, data, len, (uint16_t)power);
}

/* The power that its raw value is to be multiplied with. */
static int power_of(const struct ovpp_signal *sig, const uint8_t *data, size_t len)
{
	return sig->flags & OVPP_SIGNAL_SCALED ? get_power(sig, data, len) : 0;
}

/* Does the value come back as it was, up to one step of the raw value? */
static bool fits(const struct ovpp_profile *prof, const struct ovpp_signal *sig, int64_t value,
		 uint8_t *data, size_t len)
{
	double step = fabs((double)sig->num) / sig->den * pow(10, power_of(sig, data, len));
	int64_t back;

	return !ovpp_signal_write(sig, prof->map, value, data, len) &&
	       !ovpp_signal_read(sig, prof->map, data, len, &back) &&
	       fabs((double)back - (double)value) <= fmax(step, 1);
}

static void raise_power(const struct ovpp_profile *prof, const struct ovpp_signal *sig,
			int64_t value, uint8_t *data, size_t len)
{
	int power = get_power(sig, data, len);

	if (power == POWER_UNKNOWN)
		power = is_energy(sig) ? POWER_FINE_ENERGY : POWER_FINE;
	put_power(sig, data, len, power);
	while (!is_energy(sig) && power < POWER_MAX && !fits(prof, sig, value, data, len))
		put_power(sig, data, len, ++power);
}

/* Is a point known that has the same power of ten? */
static bool shares_known(const struct ovpp_profile *prof, const struct ovpp_message *msg,
			 const struct ovpp_signal *one, const struct points *p)
{
	const struct ovpp_signal *sig = prof->signal + msg->signal;

	for (unsigned int i = 0; i < msg->signals; i++, sig++)
		if (sig->flags & OVPP_SIGNAL_SCALED && sig->scale_start == one->scale_start &&
		    points_know(p, sig->point))
			return true;
	return false;
}

static void settle_powers(const struct ovpp_profile *prof, const struct ovpp_message *msg,
			  const struct points *p, uint8_t *data)
{
	const struct ovpp_signal *sig = prof->signal + msg->signal;

	for (unsigned int i = 0; i < msg->signals; i++, sig++) {
		if (!(sig->flags & OVPP_SIGNAL_SCALED))
			continue;
		if (points_know(p, sig->point))
			raise_power(prof, sig, p->value[sig->point], data, msg->length);
		else if (!shares_known(prof, msg, sig, p))
			put_power(sig, data, msg->length, POWER_UNKNOWN);
	}
}

/* A raw value that the gateway takes for none; 0 if it takes all for one. */
static uint64_t raw_of_unknown(const struct ovpp_profile *prof, const struct ovpp_signal *sig)
{
	uint64_t all = UINT64_MAX >> (64 - sig->length), least = all ^ all >> 1;
	bool is_signed = sig->flags & OVPP_SIGNAL_SIGNED;
	const uint64_t raw[] = {
		is_signed ? least : all,
		is_signed ? all : least,
		all >> 1,
		0,
	};
	int64_t value;

	if (sig->flags & OVPP_SIGNAL_FLOAT)
		return FLOAT_NAN;
	for (size_t i = 0; i < sizeof(raw) / sizeof(raw[0]); i++)
		if (ovpp_signal_decode(sig, prof->map, raw[i], &value))
			return raw[i];
	return 0;
}

/* A counter of energy: what its register cannot hold begins at its least value again. */
static uint64_t raw_of_energy(const struct ovpp_signal *sig, int64_t value, int power)
{
	__int128 n = (__int128)value - sig->offset, d = sig->num, span;
	s64 lo, hi;

	for (n *= sig->den; power > 0; power--)
		d *= 10;
	for (; power < 0; power++)
		n *= 10;
	ovpp_signal_range(sig, &lo, &hi);
	span = (__int128)hi - lo + 1;
	n = n / d % span;
	return (uint64_t)(lo + (n < 0 ? n + span : n));
}

/* A state that a device without this one is in. */
static enum ovpp_der_state coarser(enum ovpp_der_state state)
{
	switch (state) {
	case OVPP_DER_STATE_LIMITED:
		return OVPP_DER_STATE_RUNNING;
	case OVPP_DER_STATE_STARTING:
	case OVPP_DER_STATE_STOPPING:
		return OVPP_DER_STATE_STANDBY;
	case OVPP_DER_STATE_STANDBY:
		return OVPP_DER_STATE_OFF;
	default:
		return OVPP_DER_STATE_UNKNOWN;
	}
}

static int write_state(const struct ovpp_profile *prof, const struct ovpp_signal *sig,
		       int64_t state, uint8_t *data, size_t len)
{
	int ret = ovpp_signal_write(sig, prof->map, state, data, len);

	while (ret && state != OVPP_DER_STATE_UNKNOWN) {
		state = coarser((enum ovpp_der_state)state);
		ret = ovpp_signal_write(sig, prof->map, state, data, len);
	}
	return ret;
}

static int write_value(const struct ovpp_profile *prof, const struct ovpp_signal *sig,
		       int64_t value, uint8_t *data, size_t len)
{
	int power = power_of(sig, data, len);

	if (sig->point == OVPP_POINT_STATE)
		return write_state(prof, sig, value, data, len);
	if (is_energy(sig) && !(sig->flags & (OVPP_SIGNAL_FLOAT | OVPP_SIGNAL_MAP))) {
		ovpp_signal_put(sig, data, len, raw_of_energy(sig, value, power));
		return 0;
	}
	value &= ~ovpp_signal_keep(sig, prof->map);
	return ovpp_signal_write(sig, prof->map, value, data, len);
}

void slave_encode(const struct ovpp_profile *prof, const struct ovpp_message *msg,
		  const struct points *p, uint8_t *data)
{
	const struct ovpp_signal *sig = prof->signal + msg->signal;

	settle_powers(prof, msg, p, data);
	for (unsigned int i = 0; i < msg->signals; i++, sig++) {
		if (!points_know(p, sig->point) ||
		    write_value(prof, sig, p->value[sig->point], data, msg->length))
			ovpp_signal_put(sig, data, msg->length, raw_of_unknown(prof, sig));
	}
}

void slave_encode_init(const struct ovpp_profile *prof, const struct ovpp_message *msg,
		       uint8_t *data)
{
	const struct ovpp_signal *sig = prof->signal + msg->signal;

	for (unsigned int i = 0; i < msg->signals; i++, sig++)
		if (sig->flags & OVPP_SIGNAL_SCALED)
			put_power(sig, data, msg->length, POWER_UNKNOWN);
}
