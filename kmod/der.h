/* SPDX-License-Identifier: GPL-2.0-only */
/* A DER's life and its process image. */
#ifndef OVPP_DER_H
#define OVPP_DER_H

#include <linux/netlink.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "core/engine.h"

struct ovpp_bus;
struct ovpp_frame;
struct ovpp_site;

/**
 * struct ovpp_rx - a received message of a DER on its bus
 * @node: in bus->rx by @key
 * @key: identifier as ovpp_bus_key() makes it
 * @der: whose it is
 * @msg: what it means
 */
struct ovpp_rx {
	struct hlist_node node;
	u32 key;
	struct ovpp_der *der;
	const struct ovpp_message *msg;
};

/**
 * struct ovpp_tx - a sent message of a DER; the loop's alone
 * @msg: what it carries
 * @id: its identifier without flags
 * @heartbeat: frames sent
 * @sent_ns: when the last one was; 0: none
 * @p_mw: command that it carried
 * @run: value of the point connect that it carried
 * @held: it was sent to hold the DER at its safe value
 */
struct ovpp_tx {
	const struct ovpp_message *msg;
	u32 id;
	u32 heartbeat;
	u64 sent_ns;
	s64 p_mw;
	bool run;
	bool held;
};

/**
 * struct ovpp_der_stats - counters of a DER
 * @rx_frames: under der->lock
 * @rx_malformed: under der->lock
 * @malformed_ns: when one was last reported, under der->lock
 * @tx_frames: the loop's, READ_ONCE() by readers
 * @silences: likewise
 */
struct ovpp_der_stats {
	u64 rx_frames;
	u64 rx_malformed;
	u64 malformed_ns;
	u64 tx_frames;
	u32 silences;
};

/**
 * struct ovpp_der - a DER
 * @ctl: the engine's side; the loop's alone once published. policy, envelope
 *	and kind change through ovpp_loop_call() with site->lock held, so holders
 *	of that lock may read them.
 * @lock: image, rx statistics and @shown; held for the copy of one frame's
 *	values or one look at the image, in any context but NMI
 * @image: what is known of it
 * @shown: copies of what the loop last decided, for everybody else
 * @reflex_ns: until when a reflex holds it; written under @lock
 * @stats: counters
 * @site: its site; a DER lives within it
 * @bus: its bus, which it counts as a user of
 * @profile: holds a reference in the profile store
 * @rx: received messages
 * @tx: sent messages
 * @n_rx: length of @rx
 * @n_tx: length of @tx
 * @node: which of several equal devices
 * @name: unique in the site
 * @serial: stable identity or empty; under site->lock
 * @rwork: frees it after the last reader of bus->rx
 */
struct ovpp_der {
	struct ovpp_der_ctl ctl;
	raw_spinlock_t lock;
	struct ovpp_image image;
	struct {
		s64 p_cmd_mw;
		s64 safe_mw;
		u8 supervision;
	} shown;
	u64 reflex_ns;
	struct ovpp_der_stats stats;
	struct ovpp_site *site;
	struct ovpp_bus *bus;
	const struct ovpp_profile *profile;
	struct ovpp_rx *rx;
	struct ovpp_tx *tx;
	u16 n_rx;
	u16 n_tx;
	u32 node;
	char name[OPENVPP_NAME_MAX + 1];
	char serial[OPENVPP_NAME_MAX + 1];
	struct rcu_work rwork;
};

/**
 * struct ovpp_der_config - parameters of a DER, as given
 * @set: which of the optional ones are given, OVPP_DER_SET_*
 * @name: its name
 * @profile: name of its profile
 * @serial: stable identity
 * @bus: its bus
 * @node: which of several equal devices
 * @kind: enum ovpp_kind
 * @pcc: it is the PCC meter
 * @safe_mw: safe value
 */
struct ovpp_der_config {
	u32 set;
	const char *name;
	const char *profile;
	const char *serial;
	struct ovpp_bus *bus;
	u32 node;
	u32 kind;
	bool pcc;
	s64 safe_mw;
};

#define OVPP_DER_SET_KIND BIT(0)
#define OVPP_DER_SET_SERIAL BIT(1)
#define OVPP_DER_SET_SAFE BIT(2)

int ovpp_der_init(void);
void ovpp_der_exit(void);
/* Waits until every DER that was removed is gone, its profile's user with it. */
void ovpp_der_flush(void);

/* Process context, under site->lock. */
struct ovpp_der *ovpp_der_new(struct ovpp_site *site,
			      const struct ovpp_der_config *cfg,
			      struct netlink_ext_ack *extack);
int ovpp_der_del(struct ovpp_der *der, struct netlink_ext_ack *extack);
/* Lets go of a DER that is in no table of the loop's any more. */
void ovpp_der_release(struct ovpp_der *der);
int ovpp_der_set(struct ovpp_der *der, const struct ovpp_der_config *cfg,
		 struct netlink_ext_ack *extack);
int ovpp_der_set_policy(struct ovpp_der *der,
			const struct ovpp_der_policy *policy,
			struct netlink_ext_ack *extack);
int ovpp_der_set_envelope(struct ovpp_der *der,
			  const struct ovpp_der_envelope *envelope,
			  struct netlink_ext_ack *extack);
/* By id, or by name where @name is not NULL; NULL if there is none. */
struct ovpp_der *ovpp_der_find(struct ovpp_site *site, u32 id,
			       const char *name);
/* Bytes of kernel memory that a DER holds. */
u32 ovpp_der_memory(const struct ovpp_der *der);

/**
 * ovpp_der_value() - one point of the process image
 * @der: DER
 * @point: enum ovpp_point
 * @now: current time
 * @value: set to its value if it is good or stale, to 0 otherwise
 *
 * Context: any but NMI.
 *
 * Return: enum ovpp_quality.
 */
u8 ovpp_der_value(struct ovpp_der *der, unsigned int point, u64 now,
		  s64 *value);

struct ovpp_hook_value;
struct ovpp_hook_der;

/* The same, and all of it, for programs of hooks. Any context but NMI. */
void ovpp_der_point(struct ovpp_der *der, unsigned int point,
		    struct ovpp_hook_value *out);
void ovpp_der_show(struct ovpp_der *der, struct ovpp_hook_der *out);

/**
 * ovpp_der_reflex() - (frame.c) send a DER to its safe value and hold it there
 * @der: DER that takes commands
 * @hold_ms: for how long from now on
 *
 * What is sent is the safe value that the last tick knew. The loop, which may be
 * about to send another command at this very moment, is woken and sends the safe
 * value after it: the last command of the next tick is the safe one in any case.
 *
 * Context: softirq or a thread, under RCU.
 *
 * Return: 0, or -errno of what could not be sent at once.
 */
int ovpp_der_reflex(struct ovpp_der *der, u32 hold_ms);

/* frame.c: a frame of one of its messages. Context: any but NMI and hard interrupt. */
void ovpp_der_receive(struct ovpp_der *der, const struct ovpp_message *msg,
		      const struct ovpp_frame *frame, u64 now);
void ovpp_der_malformed(struct ovpp_der *der, u32 id, u64 now);

/* Called by the loop in each tick. */
void ovpp_der_look(struct ovpp_der *der, u64 now);
void ovpp_der_send(struct ovpp_der *der, u64 now); /* frame.c */
void ovpp_der_record(struct ovpp_der *der, u64 now); /* sample.c */

#endif /* OVPP_DER_H */
