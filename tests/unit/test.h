/* What every cmocka file needs, in the order that cmocka 1.1.5 wants. A main gives 1 for any number
 * of failures: the runner's count could wrap around to 0. */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#endif
