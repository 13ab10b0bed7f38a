// The same work with Go's net/http: fetch.go ADDRESS PAGES IN_FLIGHT.
package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	runtime.GOMAXPROCS(1)
	pages, _ := strconv.ParseInt(os.Args[2], 10, 64)
	inFlight, _ := strconv.Atoi(os.Args[3])
	client := &http.Client{
		Timeout:   60 * time.Second,
		Transport: &http.Transport{MaxIdleConns: inFlight, MaxIdleConnsPerHost: inFlight},
	}
	left, wait, start := pages, sync.WaitGroup{}, time.Now()
	for range inFlight {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for atomic.AddInt64(&left, -1) >= 0 {
				answer, err := client.Get("http://" + os.Args[1] + "/page")
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				body, err := io.ReadAll(io.LimitReader(answer.Body, 2_000_000))
				answer.Body.Close()
				if err != nil || len(body) < 40_000 {
					fmt.Fprintln(os.Stderr, "a page was cut", err)
					os.Exit(1)
				}
				sha256.Sum256(body)
			}
		}()
	}
	wait.Wait()
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	cpu := float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
	fmt.Printf("Go net/http: %d pages, %d in flight: %.0f pages/CPU-s, %.0f pages/s, peak %d MB\n",
		pages, inFlight, float64(pages)/cpu, float64(pages)/time.Since(start).Seconds(), usage.Maxrss/1000)
}
