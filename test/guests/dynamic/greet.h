// greet.h: libgreet.so.1, which the program is linked with.
#pragma once
#include "linker.h"

extern EXPORTED int greetings;              // how often greet was called
EXPORTED int greet(const char *name);       // the length of the name
EXPORTED int twice(int (*what)(int), int n); // what(what(n))
EXPORTED int add_one(int n);
