// Handlers that do everything right, each in another way.
#include "handler.h"

#include <stdio.h>

namespace {

// One worker for each item, started by `Synchronize`; preparation is completed by a thread as well.
class Workers : public Handler {
protected:
    HRESULT prepare() override
    {
        on_worker(callback_, [](ISyncMgrSynchronizeCallback *callback, void *) { callback->PrepareForSyncCompleted(S_OK); },
                  nullptr);
        return S_OK;
    }

    HRESULT synchronize() override
    {
        // Before the first worker runs: the last one that ends completes.
        n_working_ = n_chosen_;
        for (unsigned at = 0; at < n_chosen_; at++) {
            AddRef();
            on_worker(callback_, work, new Part{this, chosen_[at]});
        }
        return S_OK;
    }

    // How many steps an item takes.
    virtual int steps() { return 100; }

private:
    struct Part {
        Workers *self;
        unsigned item;
    };

    static void work(ISyncMgrSynchronizeCallback *callback, void *argument)
    {
        Part *part = static_cast<Part *>(argument);
        part->self->do_item(callback, part->item);
        if (InterlockedDecrement(&part->self->n_working_) == 0)
            callback->SynchronizeCompleted(S_OK);
        part->self->Release();
        delete part;
    }

    void do_item(ISyncMgrSynchronizeCallback *callback, unsigned item)
    {
        SYNCMGRITEMID id = item_id(item);
        SYNCMGRPROGRESSITEM report;
        report.cbSize = sizeof report;
        DWORD status = SYNCMGRSTATUS_SUCCEEDED;
        // Ends at one less than the maximum, as the public sample does.
        for (int step = 0; step < steps(); step++) {
            wchar_t text[32];
            swprintf(text, 32, L"step %d", step);
            report.mask = SYNCMGRPROGRESSITEM_STATUSTEXT | SYNCMGRPROGRESSITEM_STATUSTYPE | SYNCMGRPROGRESSITEM_PROGVALUE |
                          SYNCMGRPROGRESSITEM_MAXVALUE;
            report.lpcStatusText = text;
            report.dwStatusType = SYNCMGRSTATUS_UPDATING;
            report.iProgValue = step;
            report.iMaxValue = steps();
            HRESULT code = callback->Progress(id, &report);
            if (code == S_SYNCMGR_CANCELITEM)
                status = SYNCMGRSTATUS_SKIPPED;
            else if (code == S_SYNCMGR_CANCELALL)
                status = SYNCMGRSTATUS_STOPPED;
            else
                continue;
            break;
        }
        report.mask = SYNCMGRPROGRESSITEM_STATUSTYPE;
        report.lpcStatusText = (LPCWSTR)0x1;
        report.dwStatusType = status;
        callback->Progress(id, &report);
    }

    LONG n_working_ = 0;
};

// The same without an end of its own.
class Endless : public Workers {
protected:
    int steps() override { return 0x7fffffff; }
};

// Is told to skip by `SetItemStatus` alone and asks for nothing meanwhile.
class Told : public Handler {
protected:
    HRESULT synchronize() override
    {
        note("waiting");
        return S_OK;
    }

    HRESULT status(REFSYNCMGRITEMID id, DWORD status) override
    {
        if (IsEqualGUID(id, GUID_NULL)) {
            callback_->SynchronizeCompleted(S_OK);
            return S_OK;
        }
        final(id.Data4[7], status);
        if (++n_told_ == n_chosen_)
            callback_->SynchronizeCompleted(S_OK);
        return S_OK;
    }

private:
    unsigned n_told_ = 0;
};

// Shows dialogs, for which it asks.
class Dialogs : public Handler {
protected:
    HRESULT prepare() override
    {
        answered("prepare asks", callback_->EnableModeless(TRUE));
        answered("prepare asks again", callback_->EnableModeless(-1));
        answered("prepare is done", callback_->EnableModeless(FALSE));
        answered("prepare is done again", callback_->EnableModeless(FALSE));
        answered("one too many", callback_->EnableModeless(FALSE));
        return Handler::prepare();
    }

    HRESULT synchronize() override
    {
        on_worker(callback_, work, this);
        return S_OK;
    }

private:
    static void work(ISyncMgrSynchronizeCallback *callback, void *argument)
    {
        Dialogs *self = static_cast<Dialogs *>(argument);
        self->answered("a worker asks", callback->EnableModeless(TRUE));
        callback->EnableModeless(FALSE);
        callback->SynchronizeCompleted(S_OK);
    }
};

// Needs connections.
class Connections : public Handler {
protected:
    HRESULT prepare() override
    {
        answered("no name", callback_->EstablishConnection(nullptr, 0));
        answered("empty name", callback_->EstablishConnection(L"", 0));
        answered("reserved argument", callback_->EstablishConnection(nullptr, 0xffffffff));
        answered("unknown name", callback_->EstablishConnection(L"the office", 0));
        return Handler::prepare();
    }
};

// Fails the first time, with an entry that leads back; from there it is tried again.
class Retries : public Handler {
protected:
    HRESULT synchronize() override
    {
        if (tried_)
            return Handler::synchronize();
        tried_ = true;
        SYNCMGRLOGERRORINFO info;
        info.cbSize = sizeof info;
        info.mask = SYNCMGRLOGERROR_ERRORFLAGS | SYNCMGRLOGERROR_ERRORID | SYNCMGRLOGERROR_ITEMID;
        info.dwSyncMgrErrorFlags = SYNCMGRERRORFLAG_ENABLEJUMPTEXT;
        info.ErrorID = error_id(1);
        info.ItemID = item_id(1);
        wchar_t text[] = L"the server did not answer";
        answered("log", callback_->LogError(SYNCMGRLOGLEVEL_ERROR, text, &info));
        // Was copied.
        for (wchar_t &unit : text)
            unit = L'x';
        final(1, SYNCMGRSTATUS_FAILED);
        final(2, SYNCMGRSTATUS_SUCCEEDED);
        callback_->SynchronizeCompleted(S_OK);
        return S_OK;
    }

    HRESULT show(REFSYNCMGRERRORID) override
    {
        answered("a dialog in ShowError", callback_->EnableModeless(TRUE));
        callback_->EnableModeless(FALSE);
        answered("delete", callback_->DeleteLogError(error_id(1), 0));
        SYNCMGRITEMID again[] = {item_id(1), item_id(9), item_id(1)};
        answered("retry", callback_->ShowErrorCompleted(S_SYNCMGR_RETRYSYNC, 3, again));
        // Was copied.
        again[0] = GUID_NULL;
        return S_OK;
    }

private:
    bool tried_ = false;
};

// Prints, and reads what is not for it.
class Prints : public Handler {
protected:
    HRESULT synchronize() override
    {
        printf("printed by the class\n");
        fflush(stdout);
        DWORD written;
        WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), "written by the class\n", 21, &written, nullptr);
        note("read: %d", getchar());
        return Handler::synchronize();
    }
};

// Works in the procedure of a window, as whoever has a message loop around may.
class Window : public Handler {
protected:
    HRESULT synchronize() override
    {
        WNDCLASSW type = {};
        type.lpfnWndProc = procedure;
        type.lpszClassName = L"works";
        RegisterClassW(&type);
        HWND window = CreateWindowW(L"works", L"", 0, 0, 0, 0, 0, HWND_MESSAGE, nullptr, nullptr, nullptr);
        SetWindowLongPtrW(window, GWLP_USERDATA, (LONG_PTR)this);
        note("a window: %s", window ? "yes" : "no");
        SetTimer(window, 1, 1, nullptr);
        return S_OK;
    }

private:
    static LRESULT CALLBACK procedure(HWND window, UINT message, WPARAM w, LPARAM l)
    {
        Window *self = (Window *)GetWindowLongPtrW(window, GWLP_USERDATA);
        if (message != WM_TIMER)
            return DefWindowProcW(window, message, w, l);
        KillTimer(window, 1);
        note("the timer");
        self->Handler::synchronize();
        DestroyWindow(window);
        return 0;
    }
};

// Waits inside of `Synchronize` for a thread that makes all the calls.
class Waits : public Handler {
protected:
    HRESULT synchronize() override
    {
        done_ = CreateEventW(nullptr, TRUE, FALSE, nullptr);
        on_worker(callback_, work, this);
        WaitForSingleObject(done_, INFINITE);
        CloseHandle(done_);
        return S_OK;
    }

private:
    static void work(ISyncMgrSynchronizeCallback *callback, void *argument)
    {
        Waits *self = static_cast<Waits *>(argument);
        callback->LogError(SYNCMGRLOGLEVEL_INFORMATION, L"from a worker", nullptr);
        for (unsigned at = 0; at < self->n_chosen_; at++)
            self->final(self->chosen_[at], SYNCMGRSTATUS_SUCCEEDED);
        self->answered("completed", callback->SynchronizeCompleted(S_OK));
        SetEvent(self->done_);
    }

    HANDLE done_ = nullptr;
};

// Stays inside of `Synchronize` until there is a file called `go`, and completes when it is told to stop.
class Slow : public Handler {
protected:
    HRESULT synchronize() override
    {
        while (GetFileAttributesW(L"go") == INVALID_FILE_ATTRIBUTES)
            Sleep(5);
        return S_OK;
    }

    HRESULT status(REFSYNCMGRITEMID id, DWORD) override
    {
        if (IsEqualGUID(id, GUID_NULL))
            callback_->SynchronizeCompleted(S_OK);
        return S_OK;
    }
};

// Ends an item while it prepares.
class Early : public Handler {
protected:
    HRESULT prepare() override
    {
        answered("progress in prepare", final(1, SYNCMGRSTATUS_FAILED));
        callback_->LogError(SYNCMGRLOGLEVEL_ERROR, L"is not there any more", nullptr);
        return Handler::prepare();
    }

    HRESULT synchronize() override
    {
        final(2, SYNCMGRSTATUS_SUCCEEDED);
        callback_->SynchronizeCompleted(S_OK);
        return S_OK;
    }
};

// Eight threads that report on the same two items, and one that ends them.
class Eight : public Handler {
protected:
    HRESULT synchronize() override
    {
        left_ = 8;
        for (int thread = 0; thread < 8; thread++)
            on_worker(callback_, work, this);
        return S_OK;
    }

private:
    static void work(ISyncMgrSynchronizeCallback *callback, void *argument)
    {
        Eight *self = static_cast<Eight *>(argument);
        for (int step = 1; step <= 200; step++)
            self->progress(step % 2 + 1, SYNCMGRPROGRESSITEM_STATUSTEXT | SYNCMGRPROGRESSITEM_PROGVALUE, L"working", 0, step,
                           0);
        if (InterlockedDecrement(&self->left_) != 0)
            return;
        self->final(1, SYNCMGRSTATUS_SUCCEEDED);
        self->final(2, SYNCMGRSTATUS_SKIPPED);
        callback->SynchronizeCompleted(S_OK);
    }

    LONG left_ = 0;
};

// Has properties: those of the first item add one, those of the second delete it, and those of the handler cannot be shown.
class Properties : public Handler {
protected:
    HRESULT info(LPSYNCMGRHANDLERINFO *given) override
    {
        HRESULT code = Handler::info(given);
        (*given)->SyncMgrHandlerFlags = SYNCMGRHANDLER_HASPROPERTIES;
        return code;
    }

    HRESULT next(unsigned position, ULONG asked, SYNCMGRITEM *entries, ULONG *fetched) override
    {
        HRESULT code = S_FALSE;
        if (position < 2) {
            code = Handler::next(position, asked, entries, fetched);
        } else if (position == 2 && has_third_) {
            fill(entries, 3, L"third");
            *fetched = 1;
        }
        entries->dwFlags = SYNCMGRITEM_HASPROPERTIES;
        return code;
    }

    HRESULT properties(REFSYNCMGRITEMID item) override
    {
        if (IsEqualGUID(item, item_id(1))) {
            has_third_ = true;
            on_worker(callback_,
                      [](ISyncMgrSynchronizeCallback *callback, void *) {
                          callback->ShowPropertiesCompleted(S_SYNCMGR_ENUMITEMS);
                      },
                      nullptr);
            return S_OK;
        }
        if (IsEqualGUID(item, item_id(2))) {
            answered("inside", callback_->ShowPropertiesCompleted(S_SYNCMGR_ITEMDELETED));
            return S_FALSE;
        }
        on_worker(callback_, late, this);
        return E_FAIL;
    }

private:
    static void late(ISyncMgrSynchronizeCallback *callback, void *argument)
    {
        Properties *self = static_cast<Properties *>(argument);
        // After the failure was returned, which takes no longer than this thread to start; if not, it is just as good.
        self->answered("though it failed", callback->ShowPropertiesCompleted(S_SYNCMGR_ENUMITEMS));
    }

    bool has_third_ = false;
};

// Sees who frees what `GetHandlerInfo` gave.
class Spies : public Handler {
protected:
    HRESULT info(LPSYNCMGRHANDLERINFO *given) override
    {
        HRESULT code = Handler::info(given);
        spy_.watched_ = *given;
        CoRegisterMallocSpy(&spy_);
        return code;
    }

    HRESULT enumerate(ISyncMgrEnumItems **items) override
    {
        CoRevokeMallocSpy();
        note("freed: %ld", spy_.n_freed_);
        return Handler::enumerate(items);
    }

private:
    class Spy : public IMallocSpy {
    public:
        HRESULT WINAPI QueryInterface(REFIID iid, void **object) override
        {
            bool is_known = IsEqualIID(iid, IID_IUnknown) || IsEqualIID(iid, IID_IMallocSpy);
            *object = is_known ? this : nullptr;
            return is_known ? S_OK : E_NOINTERFACE;
        }
        // A part of its handler, which lives longer.
        ULONG WINAPI AddRef() override { return 2; }
        ULONG WINAPI Release() override { return 1; }

        void *WINAPI PreFree(void *pointer, BOOL) override
        {
            n_freed_ += pointer == watched_;
            return pointer;
        }
        void WINAPI PostFree(BOOL) override {}
        SIZE_T WINAPI PreAlloc(SIZE_T size) override { return size; }
        void *WINAPI PostAlloc(void *pointer) override { return pointer; }
        SIZE_T WINAPI PreRealloc(void *pointer, SIZE_T size, void **now, BOOL) override
        {
            *now = pointer;
            return size;
        }
        void *WINAPI PostRealloc(void *pointer, BOOL) override { return pointer; }
        void *WINAPI PreGetSize(void *pointer, BOOL) override { return pointer; }
        SIZE_T WINAPI PostGetSize(SIZE_T size, BOOL) override { return size; }
        void *WINAPI PreDidAlloc(void *pointer, BOOL) override { return pointer; }
        int WINAPI PostDidAlloc(void *, BOOL, int answer) override { return answer; }
        void WINAPI PreHeapMinimize() override {}
        void WINAPI PostHeapMinimize() override {}

        void *watched_ = nullptr;
        long n_freed_ = 0;
    };

    Spy spy_;
};

} // namespace

const Class behaved[] = {
    {L"workers", make<Workers>},   {L"inside", make<Handler>},          {L"endless", make<Endless>},
    {L"told", make<Told>},         {L"dialogs", make<Dialogs>},         {L"connections", make<Connections>},
    {L"retries", make<Retries>},   {L"prints", make<Prints>},           {L"window", make<Window>},
    {L"waits", make<Waits>},       {L"slow", make<Slow>},               {L"early", make<Early>},
    {L"eight", make<Eight>},       {L"properties", make<Properties>},
    {L"spies", make<Spies>},
    {L"of old", make<Workers>, nullptr},
    {L"any", make<Workers>, L"Both"},
    {L"free", make<Workers>, L"Free"},
};
const unsigned n_behaved = sizeof behaved / sizeof *behaved;
