/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bounded queue of pointers between threads; each side may be any number. */
#ifndef OVPPD_QUEUE_H
#define OVPPD_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct queue - the queue
 * @lock: guards everything
 * @filled: signalled by a put and by closing
 * @slot: room for @size pointers, used round
 * @size: capacity
 * @first: index of the oldest
 * @n: how many there are
 * @closed: no more puts
 */
struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	void **slot;
	size_t size;
	size_t first;
	size_t n;
	bool closed;
};

int queue_init(struct queue *q, size_t size);
void queue_exit(struct queue *q);

/* Never waits. Return: 0; -EAGAIN when full; -EPIPE when closed. */
int queue_put(struct queue *q, void *item);

/**
 * queue_get() - take the oldest
 * @q: queue
 * @timeout_ms: how long to wait for one; 0: not at all
 *
 * Return: item; NULL if there is none, at once when the queue is closed.
 */
void *queue_get(struct queue *q, unsigned int timeout_ms);

/* What is in the queue can still be taken. */
void queue_close(struct queue *q);
bool queue_closed(struct queue *q);
size_t queue_length(struct queue *q);

#endif /* OVPPD_QUEUE_H */
