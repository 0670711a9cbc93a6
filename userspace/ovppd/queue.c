// SPDX-License-Identifier: GPL-2.0-or-later
#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

int queue_init(struct queue *q, size_t size)
{
	pthread_condattr_t attr;

	*q = (struct queue){.size = size};
	q->slot = calloc(size, sizeof(*q->slot));
	if (!q->slot)
		return -ENOMEM;
	pthread_mutex_init(&q->lock, NULL);
	/* A step of the wall clock must not lengthen a wait. */
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&q->filled, &attr);
	pthread_condattr_destroy(&attr);
	return 0;
}

void queue_exit(struct queue *q)
{
	if (!q->slot)
		return;
	pthread_cond_destroy(&q->filled);
	pthread_mutex_destroy(&q->lock);
	free(q->slot);
	q->slot = NULL;
}

int queue_put(struct queue *q, void *item)
{
	int ret = 0;

	pthread_mutex_lock(&q->lock);
	if (q->closed) {
		ret = -EPIPE;
	} else if (q->n == q->size) {
		ret = -EAGAIN;
	} else {
		q->slot[(q->first + q->n++) % q->size] = item;
		pthread_cond_signal(&q->filled);
	}
	pthread_mutex_unlock(&q->lock);
	return ret;
}

static void deadline_in(struct timespec *ts, unsigned int ms)
{
	clock_gettime(CLOCK_MONOTONIC, ts);
	ts->tv_sec += ms / 1000;
	ts->tv_nsec += (long)(ms % 1000) * 1000000;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_nsec -= 1000000000;
		ts->tv_sec++;
	}
}

void *queue_get(struct queue *q, unsigned int timeout_ms)
{
	struct timespec until;
	void *item = NULL;

	deadline_in(&until, timeout_ms);
	pthread_mutex_lock(&q->lock);
	while (!q->n && !q->closed && timeout_ms)
		if (pthread_cond_timedwait(&q->filled, &q->lock, &until))
			break;
	if (q->n) {
		item = q->slot[q->first];
		q->first = (q->first + 1) % q->size;
		q->n--;
	}
	pthread_mutex_unlock(&q->lock);
	return item;
}

void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->filled);
	pthread_mutex_unlock(&q->lock);
}

bool queue_closed(struct queue *q)
{
	bool closed;

	pthread_mutex_lock(&q->lock);
	closed = q->closed;
	pthread_mutex_unlock(&q->lock);
	return closed;
}

size_t queue_length(struct queue *q)
{
	size_t n;

	pthread_mutex_lock(&q->lock);
	n = q->n;
	pthread_mutex_unlock(&q->lock);
	return n;
}
