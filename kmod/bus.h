/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a bus offers to its site (attach, send, state), and what it calls
 * (frame received, state changed). Buses know the site, the site knows only
 * this header: a new kind of bus is one new file.
 */
#ifndef OVPP_BUS_H
#define OVPP_BUS_H

#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/types.h>

#include <uapi/linux/openvpp.h>

struct ovpp_bus;
struct ovpp_bus_config;
struct ovpp_der;
struct ovpp_message;
struct ovpp_rx;
struct ovpp_site;

/* Greatest payload of a frame: the registers of one Modbus request; CAN FD has 64. */
#define OVPP_FRAME_MAX 250

/* What a frame is, beside its identifier and payload: OVPP_MESSAGE_EXT, _FD and _BRS. */
#define OVPP_FRAME_FLAGS (OVPP_MESSAGE_EXT | OVPP_MESSAGE_FD | OVPP_MESSAGE_BRS)

/**
 * struct ovpp_frame - a frame on its way through
 * @id: identifier without flags
 * @len: bytes at @data
 * @flags: of OVPP_FRAME_FLAGS
 * @pad: 0
 * @head: the four at once; they are laid out as in struct ovpp_frame_ctx
 * @data: payload, valid during the call only
 */
struct ovpp_frame {
	union {
		struct {
			u32 id;
			u8 len;
			u8 flags;
			u16 pad;
		};
		u64 head;
	};
	const u8 *data;
};

/**
 * struct ovpp_bus_ops - a kind of bus
 * @attach: connect @bus to its device (CAN: the one that bus->ifname names in the
 *	site's namespace); from then on frames may come. 0 or -errno with extack.
 *	In process context, under RTNL and site->lock.
 * @detach: the reverse; when it returns no frame comes any more and none is
 *	being sent. In process context, under RTNL and site->lock; may sleep.
 * @send: give a frame to the device. 0; -ENETDOWN, -ENOBUFS (try again in a
 *	later tick) or another -errno. Called by the site's loop, and whoever
 *	receives a frame (a reflex), at the same time; does not allocate.
 * @set: change what only this kind of bus has, all or nothing; NULL: it has
 *	nothing. Like the next three it is called in process context under
 *	site->lock, and may sleep.
 * @listen: a DER whose messages it is to know comes; NULL: a kind of bus that
 *	needs not know. 0 or -errno with extack.
 * @unlisten: it goes; when this returns none of its messages is looked at any
 *	more.
 * @settle: wait a while, but never for long, until what was sent for @der (NULL:
 *	for all) has reached the devices; NULL: a kind of bus that sends at once.
 * @prioritise: the loop's priority is another one; NULL: a kind of bus without a
 *	thread.
 */
struct ovpp_bus_ops {
	int (*attach)(struct ovpp_bus *bus, const struct ovpp_bus_config *cfg,
		      struct netlink_ext_ack *extack);
	void (*detach)(struct ovpp_bus *bus);
	int (*send)(struct ovpp_bus *bus, const struct ovpp_frame *frame);
	int (*set)(struct ovpp_bus *bus, const struct ovpp_bus_config *cfg,
		   struct netlink_ext_ack *extack);
	int (*listen)(struct ovpp_bus *bus, struct ovpp_der *der,
		      struct netlink_ext_ack *extack);
	void (*unlisten)(struct ovpp_bus *bus, struct ovpp_der *der);
	void (*settle)(struct ovpp_bus *bus, struct ovpp_der *der);
	void (*prioritise)(struct ovpp_bus *bus);
};

extern const struct ovpp_bus_ops ovpp_can_ops;
extern const struct ovpp_bus_ops ovpp_modbus_ops;

#define OVPP_BUS_HASH_BITS 8

/**
 * struct ovpp_bus_stats - counters of a bus
 * @rx_frames: frames for a DER
 * @rx_other: frames that no profile claims
 * @rx_malformed: frames of a known identifier that are no good
 * @rx_errors: error frames; characters received with an error
 * @bus_offs: times that bus-off was entered
 * @restarts: restarts that the supervisor made
 * @tx_frames: frames sent
 * @tx_failed: frames that the device did not take
 *
 * Written by whoever receives, on several CPUs at a time, and by the loop.
 */
struct ovpp_bus_stats {
	atomic64_t rx_frames;
	atomic64_t rx_other;
	atomic64_t rx_malformed;
	atomic64_t rx_errors;
	atomic64_t bus_offs;
	atomic64_t restarts;
	atomic64_t tx_frames;
	atomic64_t tx_failed;
};

/**
 * struct ovpp_bus - a bus of a site
 * @node: in site->buses, under site->lock
 * @site: its site; a bus lives within it
 * @ops: its kind
 * @priv: of its kind
 * @id: id, > 0, unique in the site
 * @type: enum ovpp_bus_type
 * @name: name, unique in the site
 * @ifname: name of its device; written under RTNL, of a serial line under site->lock
 * @ifindex: its index, 0 while absent; written under RTNL
 * @state: enum ovpp_bus_state; READ_ONCE() by anybody
 * @fd: the device takes CAN FD frames
 * @loopback: local listeners see what is sent
 * @restart_min_ms: first pause before a restart after bus-off
 * @restart_max_ms: greatest pause
 * @users: DER on it, under site->lock
 * @rx: who wants which identifier: struct ovpp_rx by key; changed under
 *	site->lock, read under RCU
 * @stats: counters
 */
struct ovpp_bus {
	struct list_head node;
	struct ovpp_site *site;
	const struct ovpp_bus_ops *ops;
	void *priv;
	u32 id;
	u32 type;
	char name[OPENVPP_NAME_MAX + 1];
	char ifname[IFNAMSIZ];
	int ifindex;
	u8 state;
	bool fd;
	bool loopback;
	u32 restart_min_ms;
	u32 restart_max_ms;
	unsigned int users;
	DECLARE_HASHTABLE(rx, OVPP_BUS_HASH_BITS);
	struct ovpp_bus_stats stats;
};

/**
 * struct ovpp_bus_config - parameters of a bus, as given
 * @set: which of the optional ones are given, OVPP_BUS_SET_*
 * @name: its name
 * @ifname: name of its device
 * @type: enum ovpp_bus_type
 * @loopback: local listeners see what is sent
 * @restart_min_ms: first pause before a restart after bus-off
 * @restart_max_ms: greatest pause
 * @tty_fd: open file of a tty with the line discipline, in the caller's table
 * @path: stable name of the tty
 * @rs485: flags of struct serial_rs485 that it was given
 * @foreign_write: requests from outside may write
 */
struct ovpp_bus_config {
	u32 set;
	const char *name;
	const char *ifname;
	u32 type;
	bool loopback;
	u32 restart_min_ms;
	u32 restart_max_ms;
	u32 tty_fd;
	const char *path;
	u32 rs485;
	bool foreign_write;
};

#define OVPP_BUS_SET_LOOPBACK BIT(0)
#define OVPP_BUS_SET_RESTART_MIN BIT(1)
#define OVPP_BUS_SET_RESTART_MAX BIT(2)
#define OVPP_BUS_SET_TTY BIT(3)
#define OVPP_BUS_SET_PATH BIT(4)
#define OVPP_BUS_SET_RS485 BIT(5)
#define OVPP_BUS_SET_FOREIGN_WRITE BIT(6)

#define OVPP_BUS_SET_CAN \
	(OVPP_BUS_SET_LOOPBACK | OVPP_BUS_SET_RESTART_MIN | \
	 OVPP_BUS_SET_RESTART_MAX)
#define OVPP_BUS_SET_MODBUS \
	(OVPP_BUS_SET_TTY | OVPP_BUS_SET_PATH | OVPP_BUS_SET_RS485 | \
	 OVPP_BUS_SET_FOREIGN_WRITE)

/*
 * All four: process context, under site->lock (new and del: RTNL outside it). The
 * file of a configuration is looked up among those of the calling task.
 */
struct ovpp_bus *ovpp_bus_new(struct ovpp_site *site,
			      const struct ovpp_bus_config *cfg,
			      struct netlink_ext_ack *extack);
int ovpp_bus_del(struct ovpp_bus *bus, struct netlink_ext_ack *extack);
int ovpp_bus_set(struct ovpp_bus *bus, const struct ovpp_bus_config *cfg,
		 struct netlink_ext_ack *extack);
/* By id, or by name where @name is not NULL; NULL if there is none. */
struct ovpp_bus *ovpp_bus_find(struct ovpp_site *site, u32 id,
			       const char *name);

/* Called by a kind of bus. Context: any but NMI and hard interrupt. */
void ovpp_bus_receive(struct ovpp_bus *bus, const struct ovpp_frame *frame,
		      u64 now);
void ovpp_bus_malformed(struct ovpp_bus *bus, const struct ovpp_frame *frame);
void ovpp_bus_set_state(struct ovpp_bus *bus, u8 state);

/* Listening of a DER: claim and drop its identifiers. Under site->lock. */
int ovpp_bus_listen(struct ovpp_bus *bus, struct ovpp_der *der,
		    struct netlink_ext_ack *extack);
/* The caller frees what listened only after an RCU grace period. */
void ovpp_bus_unlisten(struct ovpp_bus *bus, struct ovpp_der *der);
/* Waits a while for the last commands of a DER, or of all (NULL). Under site->lock. */
void ovpp_bus_settle(struct ovpp_bus *bus, struct ovpp_der *der);

int ovpp_can_init(void);
void ovpp_can_exit(void);

#endif /* OVPP_BUS_H */
