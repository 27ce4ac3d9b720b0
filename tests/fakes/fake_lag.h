/* How late this machine is: what is measured on a busy one must not count against what is tested. */
#ifndef FAKES_FAKE_LAG_H
#define FAKES_FAKE_LAG_H

#include "mailflow/clock.h"

void fake_lag_watch(void);    /* starts the measuring, once */
mf_usec fake_lag_worst(void); /* by how much a sleep was exceeded since the last call, at worst */

#endif
