#include "imagegen/program/program.h"

extern char** environ;

int main(int argc, char** argv) { return godwit::imagegen::run_program(argc, argv, environ); }
