// SPDX-License-Identifier: GPL-2.0-only
/* A DER's frames: received into its image, sent from its commands, or by reflex. */

#include <linux/ktime.h>

#include "bus.h"
#include "der.h"
#include "hook_run.h"
#include "trace.h"

void ovpp_der_malformed(struct ovpp_der *der, u32 id, u64 now)
{
	unsigned long flags;
	bool report;

	atomic64_inc(&der->bus->stats.rx_malformed);
	raw_spin_lock_irqsave(&der->lock, flags);
	der->stats.rx_malformed++;
	report = !der->stats.malformed_ns ||
		 now - der->stats.malformed_ns >= NSEC_PER_SEC;
	if (report)
		der->stats.malformed_ns = now;
	raw_spin_unlock_irqrestore(&der->lock, flags);

	if (report)
		ovpp_site_event(der->site, OVPP_EVENT_FRAME_MALFORMED,
				der->bus->id, der->ctl.id, id);
}

void ovpp_der_receive(struct ovpp_der *der, const struct ovpp_message *msg,
		      const struct ovpp_frame *frame, u64 now)
{
	struct ovpp_update up[OVPP_UPDATE_MAX];
	unsigned long flags;
	int n = -EMSGSIZE;

	/* The frame has to be of the declared kind; decode checks its length. */
	if (!((msg->flags ^ frame->flags) & OVPP_MESSAGE_FD))
		n = ovpp_message_decode(der->profile, msg, frame->data,
					frame->len, up);
	if (n < 0) {
		ovpp_der_malformed(der, frame->id, now);
		return;
	}

	raw_spin_lock_irqsave(&der->lock, flags);
	der->stats.rx_frames++;
	ovpp_image_update(&der->image, up, n, now, msg->timeout_ms);
	ovpp_image_derive(der->profile, &der->image);
	raw_spin_unlock_irqrestore(&der->lock, flags);

	if (msg->flags & OVPP_MESSAGE_TRIGGER)
		ovpp_loop_trigger(der->site, now);
}

/* A message that carries the command, rather than a keep-alive. */
static bool ovpp_tx_commands(const struct ovpp_der *der,
			     const struct ovpp_tx *tx)
{
	const struct ovpp_signal *sig = &der->profile->signal[tx->msg->signal];
	unsigned int i;

	for (i = 0; i < tx->msg->signals; i++)
		if (sig[i].point != OVPP_POINT_HEARTBEAT &&
		    !(sig[i].flags & OVPP_SIGNAL_CONST))
			return true;
	return false;
}

/* Does it carry another command than the last one sent? */
static bool ovpp_tx_changed(const struct ovpp_der *der,
			    const struct ovpp_tx *tx)
{
	return (tx->p_mw != der->ctl.p_cmd_mw || tx->run != der->ctl.run) &&
	       ovpp_tx_commands(der, tx);
}

/*
 * Is a frame due? The first at once, then once a period, and after a change as
 * soon as the gap allows. The way to the safe value knows no gap.
 */
static bool ovpp_tx_due(const struct ovpp_der *der, const struct ovpp_tx *tx,
			u64 now)
{
	u64 age = now - tx->sent_ns;

	if (!tx->sent_ns)
		return true;
	if (tx->msg->period_ms &&
	    age >= tx->msg->period_ms * OVPP_NS_PER_MS)
		return true;
	if (!ovpp_tx_changed(der, tx))
		return false;
	return age >= tx->msg->gap_ms * OVPP_NS_PER_MS ||
	       (der->ctl.held && !tx->held);
}

/*
 * Shows the frame to the programs. Whatever they did to the bits that carry
 * commands is undone; and only a repetition can be dropped.
 *
 * Return: false if the frame is not to be sent.
 */
static noinline bool ovpp_tx_hooked(struct ovpp_der *der, struct ovpp_tx *tx,
				    const struct ovpp_frame *frame,
				    const s64 command[OVPP_POINT_N], u8 *data,
				    u64 now)
{
	bool must = !tx->sent_ns || der->ctl.held || ovpp_tx_changed(der, tx);
	/* Programs see nothing of it that was not written before. */
	struct ovpp_frame_call call __uninitialized;
	bool send;

	rcu_read_lock();
	send = ovpp_frame_show(&call, OVPP_HOOK_FRAME_TX, der->bus,
			       der->ctl.id, frame, now);
	if (!send && must) {
		ovpp_hook_overrule(call.hook, OVPP_HOOK_FRAME_TX);
		send = true;
	}
	if (call.frame.data != frame->data) {
		memcpy(data, call.frame.data, frame->len);
		ovpp_message_put(der->profile, tx->msg, command, data);
	}
	rcu_read_unlock();
	return send;
}

static void ovpp_tx_encode(const struct ovpp_der *der, const struct ovpp_tx *tx,
			   const s64 command[OVPP_POINT_N], u8 *data,
			   struct ovpp_frame *frame)
{
	*frame = (struct ovpp_frame){
		.id = tx->id,
		.flags = tx->msg->flags & OVPP_FRAME_FLAGS,
		.data = data,
	};
	/* A J1939 identifier is a 29-bit one. */
	if (tx->msg->flags & OVPP_MESSAGE_PGN)
		frame->flags |= OVPP_MESSAGE_EXT;
	frame->len = ovpp_message_encode(der->profile, tx->msg, command, data);
}

static int ovpp_tx_transmit(struct ovpp_der *der,
			    const struct ovpp_frame *frame)
{
	int err = der->bus->ops->send(der->bus, frame);

	trace_ovpp_frame_tx(der->site->id, der->bus->id, der->ctl.id,
			    frame->id, frame->len, err);
	atomic64_inc(err ? &der->bus->stats.tx_failed :
			   &der->bus->stats.tx_frames);
	return err;
}

static void ovpp_tx_send(struct ovpp_der *der, struct ovpp_tx *tx, u64 now)
{
	s64 command[OVPP_POINT_N];
	struct ovpp_frame frame;
	u8 data[OVPP_FRAME_MAX];

	ovpp_der_commands(&der->ctl, tx->heartbeat, command);
	ovpp_tx_encode(der, tx, command, data, &frame);
	if (ovpp_hook_at(OVPP_HOOK_FRAME_TX) &&
	    !ovpp_tx_hooked(der, tx, &frame, command, data, now)) {
		tx->sent_ns = now; /* this repetition is over */
		return;
	}
	if (ovpp_tx_transmit(der, &frame))
		return; /* still due: the next tick tries again */

	der->stats.tx_frames++;
	tx->heartbeat++;
	tx->sent_ns = now;
	tx->p_mw = der->ctl.p_cmd_mw;
	tx->run = der->ctl.run;
	tx->held = der->ctl.held;
}

void ovpp_der_send(struct ovpp_der *der, u64 now)
{
	unsigned int i;

	/* A reflex came after this tick has looked: the next one, due at once, sends. */
	if (READ_ONCE(der->reflex_ns) > now && !der->ctl.held)
		return;
	for (i = 0; i < der->n_tx; i++)
		if (ovpp_tx_due(der, &der->tx[i], now))
			ovpp_tx_send(der, &der->tx[i], now);
}

/*
 * The loop owns what is known of sent messages: this reads its counter only, so
 * that the frame repeats the last keep-alive.
 */
static int ovpp_reflex_send(struct ovpp_der *der, const struct ovpp_tx *tx,
			    s64 safe_mw)
{
	s64 command[OVPP_POINT_N];
	struct ovpp_frame frame;
	u8 data[OVPP_FRAME_MAX];

	ovpp_commands(safe_mw, safe_mw, READ_ONCE(tx->heartbeat), command);
	ovpp_tx_encode(der, tx, command, data, &frame);
	return ovpp_tx_transmit(der, &frame);
}

int ovpp_der_reflex(struct ovpp_der *der, u32 hold_ms)
{
	u64 now = ktime_get_ns();
	u64 until = now + hold_ms * OVPP_NS_PER_MS;
	unsigned long flags;
	unsigned int i;
	bool held;
	s64 safe;
	int err = 0;

	raw_spin_lock_irqsave(&der->lock, flags);
	held = der->reflex_ns > now;
	if (until > der->reflex_ns)
		WRITE_ONCE(der->reflex_ns, until);
	safe = der->shown.safe_mw;
	raw_spin_unlock_irqrestore(&der->lock, flags);
	if (held)
		return 0;

	for (i = 0; i < der->n_tx; i++)
		if (ovpp_tx_commands(der, &der->tx[i]))
			err = ovpp_reflex_send(der, &der->tx[i], safe) ?: err;
	ovpp_loop_trigger(der->site, now);
	ovpp_site_report(der->site, OVPP_EVENT_DER_REFLEX, der->bus->id,
			 der->ctl.id, hold_ms);
	return err;
}
