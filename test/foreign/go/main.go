// Starts a lifecycle, follows it and reads its result, with Temporal's Go SDK alone.
//
//	go run . ADDRESS WORKFLOW_ID JOB_JSON
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"reflect"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
)

type runState struct {
	Status string `json:"status"`
	Steps  []struct {
		ID     string `json:"id"`
		Status string `json:"status"`
	} `json:"steps"`
}

func main() {
	report, err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	line, err := json.Marshal(report)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}

func run(ctx context.Context, address, workflowID, jobText string) (map[string]any, error) {
	var job map[string]any
	if err := json.Unmarshal([]byte(jobText), &job); err != nil {
		return nil, err
	}
	temporalClient, err := client.Dial(client.Options{
		HostPort:          address,
		Logger:            quiet{},
		ConnectionOptions: client.ConnectionOptions{GetSystemInfoTimeout: time.Minute},
	})
	if err != nil {
		return nil, err
	}
	defer temporalClient.Close()
	started, err := temporalClient.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:        workflowID,
		TaskQueue: "sevenfold",
		Memo:      map[string]any{"requestedBy": "Go client"},
	}, "lifecycle", job)
	if err != nil {
		return nil, err
	}
	var result map[string]any
	done := make(chan error, 1)
	go func() { done <- started.Get(ctx, &result) }()
	seen := []map[string]string{}
	for {
		select {
		case err = <-done:
			if err != nil {
				return describeFailure(err)
			}
			return map[string]any{"runId": started.GetRunID(), "seen": seen, "result": result}, nil
		case <-time.After(200 * time.Millisecond):
			steps, err := look(ctx, temporalClient, workflowID)
			if err != nil {
				continue // No worker has taken it up yet: the next look will tell.
			}
			if len(seen) == 0 || !reflect.DeepEqual(seen[len(seen)-1], steps) {
				seen = append(seen, steps)
			}
		}
	}
}

func look(ctx context.Context, temporalClient client.Client, workflowID string) (map[string]string, error) {
	value, err := temporalClient.QueryWorkflow(ctx, workflowID, "", "runState")
	if err != nil {
		return nil, err
	}
	var state runState
	if err := value.Get(&state); err != nil {
		return nil, err
	}
	steps := map[string]string{}
	for _, step := range state.Steps {
		steps[step.ID] = step.Status
	}
	return steps, nil
}

func describeFailure(err error) (map[string]any, error) {
	var failure *temporal.ApplicationError
	if !errors.As(err, &failure) {
		return nil, err
	}
	var problem map[string]any
	if err := failure.Details(&problem); err != nil {
		return nil, err
	}
	return map[string]any{"failure": map[string]any{
		"type": failure.Type(), "message": failure.Message(), "problem": problem,
	}}, nil
}

// Standard output carries the report alone.
type quiet struct{}

var _ sdklog.Logger = quiet{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
