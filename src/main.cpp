#include <unistd.h>

#include "program/program.h"

int main(int argc, char** argv) { return godwit::run_program(argc, argv, environ, nullptr); }
