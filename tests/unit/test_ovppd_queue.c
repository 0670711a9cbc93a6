// SPDX-License-Identifier: GPL-2.0-or-later
/* ovppd/queue.c: a bounded queue of pointers between threads. */
#include <pthread.h>
#include <stdatomic.h>

#include "kselftest_harness.h"

#include "../../userspace/ovppd/queue.c"

#define WAIT_MS 60000

FIXTURE(queue)
{
	struct queue q;
};

FIXTURE_SETUP(queue)
{
	ASSERT_EQ(0, queue_init(&self->q, 8));
}

FIXTURE_TEARDOWN(queue)
{
	queue_exit(&self->q);
}

TEST_F(queue, gives_back_in_order)
{
	int item[8];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 5; i++)
			ASSERT_EQ(0, queue_put(&self->q, &item[i]));
		EXPECT_EQ(5, queue_length(&self->q));
		for (int i = 0; i < 5; i++)
			EXPECT_EQ((void *)&item[i], queue_get(&self->q, 0));
	}
	EXPECT_EQ(NULL, queue_get(&self->q, 0));
}

TEST_F(queue, a_full_queue_refuses_and_loses_nothing)
{
	int item[9];

	for (int i = 0; i < 8; i++)
		ASSERT_EQ(0, queue_put(&self->q, &item[i]));
	EXPECT_EQ(-EAGAIN, queue_put(&self->q, &item[8]));
	for (int i = 0; i < 8; i++)
		EXPECT_EQ((void *)&item[i], queue_get(&self->q, 0));
}

TEST_F(queue, closed_it_still_gives_what_is_in_it)
{
	int item[2];

	ASSERT_EQ(0, queue_put(&self->q, &item[0]));
	queue_close(&self->q);
	EXPECT_TRUE(queue_closed(&self->q));
	EXPECT_EQ(-EPIPE, queue_put(&self->q, &item[1]));
	EXPECT_EQ((void *)&item[0], queue_get(&self->q, WAIT_MS));
	EXPECT_EQ(NULL, queue_get(&self->q, WAIT_MS));
}

TEST_F(queue, a_wait_ends_without_an_item_when_its_time_is_over)
{
	EXPECT_EQ(NULL, queue_get(&self->q, 1));
}

static void *close_it(void *q)
{
	queue_close(q);
	return NULL;
}

TEST_F(queue, closing_ends_a_wait)
{
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, close_it, &self->q));
	/* Hangs until the test's time is over if closing does not wake it. */
	while (!queue_closed(&self->q))
		EXPECT_EQ(NULL, queue_get(&self->q, WAIT_MS));
	pthread_join(thread, NULL);
}

#define ITEMS 20000
#define PRODUCERS 3
#define CONSUMERS 2

struct stress {
	struct queue q;
	atomic_int next;
	atomic_int left;
	int item[ITEMS];
	atomic_int seen[ITEMS];
};

static void *produce(void *arg)
{
	struct stress *s = arg;
	int i;

	while ((i = atomic_fetch_add(&s->next, 1)) < ITEMS)
		while (queue_put(&s->q, &s->item[i]))
			sched_yield();
	return NULL;
}

static void *consume(void *arg)
{
	struct stress *s = arg;
	int *item;

	while (atomic_load(&s->left) > 0) {
		item = queue_get(&s->q, 10);
		if (!item)
			continue;
		atomic_fetch_add(&s->seen[item - s->item], 1);
		atomic_fetch_sub(&s->left, 1);
	}
	return NULL;
}

TEST(under_many_threads_each_item_comes_exactly_once)
{
	struct stress *s = calloc(1, sizeof(*s));
	pthread_t thread[PRODUCERS + CONSUMERS];
	int wrong = 0;

	ASSERT_NE(NULL, s);
	ASSERT_EQ(0, queue_init(&s->q, 8));
	s->left = ITEMS;
	for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
		ASSERT_EQ(0,
			  pthread_create(&thread[i], NULL, i < PRODUCERS ? produce : consume, s));
	for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
		pthread_join(thread[i], NULL);
	for (int i = 0; i < ITEMS; i++)
		wrong += s->seen[i] != 1;
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, queue_length(&s->q));
	queue_exit(&s->q);
	free(s);
}

TEST_HARNESS_MAIN
