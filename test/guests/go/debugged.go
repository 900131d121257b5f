// debugged.go: what a debugger meets in a Go program: goroutines that change threads, threads of their own, a global that one of them
// writes, a signal, and a loop that never ends when there is an argument.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
)

var total int

var turns int

//go:noinline
func locked(number int) int {
	return number * number
}

//go:noinline
func add(number int) {
	total += number
}

//go:noinline
func spin() {
	for {
		turns++
	}
}

func main() {
	// So that gdb, which steps threads and not goroutines, finds this one again where it left it.
	runtime.LockOSThread()
	var threads sync.WaitGroup
	results := make(chan int)
	for number := 1; number <= 3; number++ {
		number := number
		threads.Add(1)
		go func() {
			runtime.LockOSThread()
			defer threads.Done()
			results <- locked(number)
		}()
	}
	go func() {
		threads.Wait()
		close(results)
	}()
	for result := range results {
		add(result)
	}
	fmt.Println("total", total)

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	fmt.Println("signal", <-signals)

	if len(os.Args) > 1 {
		fmt.Println("spinning")
		spin()
	}
}
