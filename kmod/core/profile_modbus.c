// SPDX-License-Identifier: GPL-2.0-only
/* Is a profile one of a Modbus device? See profile_check.h. */
#include "modbus.h"
#include "profile_check.h"

#define RX_FLAGS (OVPP_MESSAGE_EXT | OVPP_MESSAGE_TRIGGER | OVPP_MESSAGE_OPTIONAL)
#define TX_FLAGS (OVPP_MESSAGE_TX | OVPP_MESSAGE_EXT)

#define SIGNAL_FLAGS                                                          \
	(OVPP_SIGNAL_BIG_ENDIAN | OVPP_SIGNAL_SIGNED | OVPP_SIGNAL_FLOAT |    \
	 OVPP_SIGNAL_PAIRS | OVPP_SIGNAL_BITS | OVPP_SIGNAL_MAP |             \
	 OVPP_SIGNAL_SWAPPED | OVPP_SIGNAL_SCALED | OVPP_SIGNAL_CONST)
#define CONST_FLAGS                                                           \
	(OVPP_SIGNAL_BIG_ENDIAN | OVPP_SIGNAL_SWAPPED | OVPP_SIGNAL_CONST)
#define SCALED_FLAGS                                                          \
	(OVPP_SIGNAL_BIG_ENDIAN | OVPP_SIGNAL_SIGNED | OVPP_SIGNAL_SWAPPED |  \
	 OVPP_SIGNAL_SCALED)

#define ADDRESSES 65536U

/**
 * struct function - one direction of a function code
 * @code: enum ovpp_modbus_function
 * @tx: it writes
 * @coils: of coils, not of registers
 * @max: greatest quantity
 */
struct function {
	u8 code;
	bool tx;
	bool coils;
	u16 max;
};

static const struct function functions[] = {
	{ OVPP_MODBUS_READ_COILS, false, true, OVPP_MODBUS_READ_BITS_MAX },
	{ OVPP_MODBUS_READ_INPUTS, false, true, OVPP_MODBUS_READ_BITS_MAX },
	{ OVPP_MODBUS_READ_HOLDING, false, false, OVPP_MODBUS_READ_MAX },
	{ OVPP_MODBUS_READ_INPUT_REGISTERS, false, false, OVPP_MODBUS_READ_MAX },
	{ OVPP_MODBUS_READ_WRITE, false, false, OVPP_MODBUS_READ_MAX },
	{ OVPP_MODBUS_WRITE_COIL, true, true, 1 },
	{ OVPP_MODBUS_WRITE_REGISTER, true, false, 1 },
	{ OVPP_MODBUS_WRITE_COILS, true, true, OVPP_MODBUS_WRITE_BITS_MAX },
	{ OVPP_MODBUS_WRITE_REGISTERS, true, false, OVPP_MODBUS_WRITE_MAX },
	{ OVPP_MODBUS_MASK_WRITE, true, false, 1 },
	{ OVPP_MODBUS_READ_WRITE, true, false, OVPP_MODBUS_READ_WRITE_MAX },
	{ 0 },
};

static bool is_tx(const struct ovpp_message *msg)
{
	return msg->flags & OVPP_MESSAGE_TX;
}

/* NULL if there is none that does what the message does. */
static const struct function *function_of(const struct ovpp_message *msg)
{
	const struct function *f;

	for (f = functions; f->code; f++)
		if (f->code == OVPP_MODBUS_FUNCTION(msg->id) &&
		    f->tx == is_tx(msg))
			return f;
	return NULL;
}

/* Coils up to the last that a signal has; they are packed from bit 0 on. */
static unsigned int count_coils(const struct ovpp_profile *prof,
				const struct ovpp_message *msg)
{
	const struct ovpp_signal *sig = prof->signal + msg->signal;
	const struct ovpp_signal *end = sig + msg->signals;
	unsigned int coils = 0;

	for (; sig < end; sig++)
		if (coils < (unsigned int)sig->start + sig->length)
			coils = sig->start + sig->length;
	return coils;
}

unsigned int ovpp_message_quantity(const struct ovpp_profile *prof,
				   const struct ovpp_message *msg)
{
	const struct function *f = function_of(msg);

	return f && f->coils ? count_coils(prof, msg) : msg->length / 2;
}

static const char *check_rx(const struct ovpp_message *msg)
{
	if (msg->flags & ~RX_FLAGS)
		return "flag that a read cannot have";
	if (msg->gap_ms || msg->fill)
		return "gap or fill of a read";
	if (!msg->period_ms)
		return "read without a period";
	if (msg->timeout_ms && msg->timeout_ms < msg->period_ms)
		return "stale before it is read again";
	return NULL;
}

static const char *check_tx(const struct ovpp_message *msg)
{
	if (msg->flags & ~TX_FLAGS)
		return "flag that a write cannot have";
	if (msg->timeout_ms)
		return "timeout of a write";
	if (msg->fill)
		return "fill of a write";
	return NULL;
}

static const char *check_quantity(const struct ovpp_profile *prof,
				  const struct ovpp_message *msg,
				  const struct function *f)
{
	unsigned int quantity = ovpp_message_quantity(prof, msg);

	if (!quantity)
		return "no register or coil";
	if (quantity > f->max)
		return "more than one request can have";
	if (msg->length != (f->coils ? (quantity + 7) / 8 : quantity * 2))
		return f->coils ? "length is not that of its coils" :
				  "length is half a register";
	if (OVPP_MODBUS_ADDRESS(msg->id) + quantity > ADDRESSES)
		return "beyond the last address";
	return NULL;
}

/* Function 23: the write stands before the read, the two are one request. */
static const char *check_pair(const struct ovpp_profile *prof,
			      const struct ovpp_message *msg)
{
	unsigned int at = msg - prof->message;
	unsigned int with = is_tx(msg) ? at + 1 : at - 1;

	if (OVPP_MODBUS_FUNCTION(msg->id) != OVPP_MODBUS_READ_WRITE)
		return NULL;
	if (with < prof->n_messages &&
	    OVPP_MODBUS_FUNCTION(prof->message[with].id) ==
		    OVPP_MODBUS_READ_WRITE &&
	    is_tx(&prof->message[with]) != is_tx(msg))
		return NULL;
	return is_tx(msg) ? "no read of function 23 behind it" :
			    "no write of function 23 before it";
}

const char *ovpp_modbus_check_message(const struct ovpp_profile *prof,
				      const struct ovpp_message *msg)
{
	const struct function *f = function_of(msg);
	const char *why;

	if (msg->id != OVPP_MODBUS_ID(OVPP_MODBUS_FUNCTION(msg->id), 0,
				      OVPP_MODBUS_ADDRESS(msg->id)))
		return "unit in the identifier";
	if (!f)
		return is_tx(msg) ? "no function that writes" :
				    "no function that reads";
	if (msg->stride)
		return "stride between units";
	why = is_tx(msg) ? check_tx(msg) : check_rx(msg);
	if (!why)
		why = check_quantity(prof, msg, f);
	return why ?: check_pair(prof, msg);
}

static const char *check_const(const struct ovpp_message *msg,
			       const struct ovpp_signal *sig)
{
	if (!is_tx(msg))
		return "constant in a read";
	if (sig->flags & ~CONST_FLAGS)
		return "constant is more than a number";
	if (sig->length < 64 && sig->mux_value >> sig->length)
		return "constant beyond its length";
	return NULL;
}

static const char *check_swapped(const struct function *f,
				 const struct ovpp_signal *sig)
{
	if (sig->length != 32 && sig->length != 64)
		return "swapped words that are not two or four";
	if (f->coils || ovpp_signal_first(sig) % 16)
		return "swapped words that are no registers";
	return NULL;
}

/* The power of ten has bits of its own in the same message. */
static const char *check_scaled(const struct ovpp_message *msg,
				const struct function *f,
				const struct ovpp_signal *sig)
{
	const struct ovpp_signal power = {
		.start = sig->scale_start,
		.length = 16,
		.flags = OVPP_SIGNAL_BIG_ENDIAN,
	};
	unsigned int at = ovpp_signal_first(&power);
	unsigned int value = ovpp_signal_first(sig);

	if (is_tx(msg) || f->coils)
		return "scaled, but not by a register that is read";
	if (sig->flags & ~SCALED_FLAGS)
		return "scaled is for plain numbers";
	if (!ovpp_signal_fits(&power, msg->length))
		return "power of ten beyond the message";
	if (at % 16)
		return "power of ten is no register";
	if (at < value + sig->length && value < at + power.length)
		return "power of ten within the value";
	return NULL;
}

const char *ovpp_modbus_check_signal(const struct ovpp_message *msg,
				     const struct ovpp_signal *sig)
{
	const struct function *f = function_of(msg);
	const char *why = NULL;

	if (sig->flags & ~SIGNAL_FLAGS)
		return "flag that a Modbus signal cannot have";
	if (f->coils && sig->flags & OVPP_SIGNAL_BIG_ENDIAN)
		return "coils are little endian";
	if (sig->flags & OVPP_SIGNAL_SWAPPED)
		why = check_swapped(f, sig);
	if (!why && sig->flags & OVPP_SIGNAL_CONST)
		why = check_const(msg, sig);
	if (!why && sig->flags & OVPP_SIGNAL_SCALED)
		why = check_scaled(msg, f, sig);
	return why;
}

/* Otherwise zeros would go into registers that nobody named. */
const char *ovpp_modbus_check_used(const struct ovpp_profile *prof,
				   const struct ovpp_message *msg,
				   const u8 *used)
{
	const struct function *f = function_of(msg);
	unsigned int bits = ovpp_message_quantity(prof, msg);
	unsigned int i;

	if (!f->tx)
		return NULL;
	/* A mask write leaves what no signal has. */
	if (f->code == OVPP_MODBUS_MASK_WRITE)
		return msg->signals ? NULL : "nothing is written";
	if (!f->coils)
		bits *= 16;
	for (i = 0; i < bits; i++)
		if (!(used[i / 8] >> i % 8 & 1))
			return "writes bits that no signal has";
	return NULL;
}
